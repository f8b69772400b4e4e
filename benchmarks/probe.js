/**
 * Measures in the page, alike in every tool, and over page loads: which pair was on the screen at each key press, and when
 * the next one was. Times are milliseconds of the wall clock.
 *
 * Seen: the next pair's text lies in the page, visible and within the window, when a frame begins, and that frame has been
 * painted. A frame's callbacks run before it is painted, a message posted from there is delivered after.
 */
(({ selector, acknowledging }) => {
  const KEYS = "benchmark/keys";
  const ACKNOWLEDGED = "benchmark/acknowledged";
  const load = (name) => JSON.parse(sessionStorage.getItem(name) ?? "[]");
  const keep = (name, things) => sessionStorage.setItem(name, JSON.stringify(things));
  const wall = (time = performance.now()) => performance.timeOrigin + time;

  let found = null;
  const search = (root) => {
    const here = root.querySelector(selector);
    if (here) return here;
    for (const element of root.querySelectorAll("*")) {
      const inside = element.shadowRoot && search(element.shadowRoot);
      if (inside) return inside;
    }
    return null;
  };
  const shown = () => {
    if (!found?.isConnected) found = document.body && search(document);
    if (!found?.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return null;
    const { top, bottom } = found.getBoundingClientRect();
    return top < innerHeight && bottom > 0 ? (/\[(\d{4})\]/.exec(found.textContent)?.[1] ?? null) : null;
  };

  const keys = load(KEYS);
  let watching = false;
  const watch = () => {
    watching = true;
    requestAnimationFrame(() => {
      const pair = shown();
      const answered = pair === null ? [] : keys.filter((key) => !key.seen && key.pair !== pair);
      if (answered.length) afterPaint(answered, pair);
      if (keys.some((key) => !key.seen && !answered.includes(key))) watch();
      else watching = false;
    });
  };
  const afterPaint = (answered, pair) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      const now = wall();
      for (const key of answered) Object.assign(key, { seen: now, next: pair });
      keep(KEYS, keys);
    };
    port2.postMessage(null);
  };
  const onKeyDown = (event) => {
    if (!/^\d$/.test(event.key)) return;
    keys.push({ pair: shown(), key: event.key, down: wall(event.timeStamp), seen: 0, next: null });
    keep(KEYS, keys);
    if (!watching) watch();
  };
  addEventListener("keydown", onKeyDown, { capture: true });
  if (keys.some((key) => !key.seen)) watch();

  const acknowledged = load(ACKNOWLEDGED);
  const ask = window.fetch;
  window.fetch = async (url, options) => {
    const reply = await ask(url, options);
    if (acknowledging && String(url).includes(acknowledging) && reply.ok) {
      const { results } = await reply.clone().json();
      const at = wall();
      acknowledged.push(...results.map(({ client_id, state }) => ({ client_id, state, at })));
      keep(ACKNOWLEDGED, acknowledged);
    }
    return reply;
  };
  window.benchmark = { keys, acknowledged, shown };
})
