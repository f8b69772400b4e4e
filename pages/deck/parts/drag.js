/**
 * Dragging of cards by mouse (anywhere on the card) and by touch or pen (by its handle, so that the page can be
 * scrolled). The card stays where it is until the drop says otherwise; a copy of it follows the pointer.
 */

const THRESHOLD = 5;
/** So near to the edge of what is seen, the page scrolls. */
const EDGE = 72;

/**
 * @typedef {{card: string, handle: string, onMove: (card: HTMLElement, x: number, y: number) => void,
 *   onDrop: (card: HTMLElement, x: number, y: number) => void, onCancel: () => void}} Options
 * `card` and `handle` are selectors.
 */

/**
 * @param {HTMLElement} area
 * @param {Options} options
 * @returns {() => void} ends it
 */
export function dragging(area, { card, handle, onMove, onDrop, onCancel }) {
  const stopping = new AbortController();
  /** @type {{element: HTMLElement, pointer: number, x: number, y: number, left: number, top: number, ghost: HTMLElement | null} | null} */
  let drag = null;

  function onDown(/** @type {PointerEvent} */ event) {
    const target = /** @type {Element} */ (event.target);
    const element = /** @type {HTMLElement | null} */ (target.closest(card));
    const byHandle = target.closest(handle) !== null;
    if (!element || event.button !== 0 || drag) return;
    if (!byHandle && (event.pointerType !== "mouse" || target.closest("button, input, select, textarea, a, summary")))
      return;
    const { left, top } = element.getBoundingClientRect();
    drag = { element, pointer: event.pointerId, x: event.clientX, y: event.clientY, left, top, ghost: null };
  }

  function onPointerMove(/** @type {PointerEvent} */ event) {
    if (!drag || event.pointerId !== drag.pointer) return;
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
    if (!drag.ghost && Math.hypot(dx, dy) < THRESHOLD) return;
    if (!drag.ghost) lift(event);
    Object.assign(/** @type {HTMLElement} */ (drag.ghost).style, {
      left: `${drag.left + dx}px`,
      top: `${drag.top + dy}px`,
    });
    scrollAtEdge(area, event.clientY);
    onMove(drag.element, event.clientX, event.clientY);
  }

  function lift(/** @type {PointerEvent} */ event) {
    if (!drag) return;
    const ghost = /** @type {HTMLElement} */ (drag.element.cloneNode(true));
    ghost.classList.add("ghost");
    ghost.setAttribute("aria-hidden", "true");
    ghost.style.width = `${drag.element.offsetWidth}px`;
    (area.closest(".deck") ?? area).append(ghost);
    area.setPointerCapture(event.pointerId);
    area.classList.add("dragging");
    drag.element.classList.add("lifted");
    drag.ghost = ghost;
    getSelection()?.removeAllRanges();
  }

  function settle() {
    const settled = drag;
    drag = null;
    settled?.ghost?.remove();
    settled?.element.classList.remove("lifted");
    area.classList.remove("dragging");
    return settled?.ghost ? settled.element : null;
  }

  const listen = (/** @type {string} */ type, /** @type {(event: any) => void} */ act) =>
    area.addEventListener(type, act, { signal: stopping.signal });
  listen("pointerdown", onDown);
  listen("pointermove", onPointerMove);
  listen("pointerup", (event) => {
    const dropped = settle();
    if (dropped) onDrop(dropped, event.clientX, event.clientY);
  });
  const cancel = () => settle() && onCancel();
  listen("pointercancel", cancel);
  // A finger is captured by what it touched first; that it loses it to the area is no end.
  listen("lostpointercapture", (event) => event.target === area && cancel());
  listen("dragstart", (event) => event.preventDefault());
  return () => {
    settle();
    stopping.abort();
  };
}

/**
 * @param {Element} area
 * @param {number} y
 */
function scrollAtEdge(area, y) {
  const speed = y < EDGE ? y - EDGE : y > innerHeight - EDGE ? y - innerHeight + EDGE : 0;
  if (speed) scrollerOf(area).scrollBy({ top: speed / 3 });
}

/**
 * What scrolls when `element` moves out of sight, seen through shadow roots.
 * @param {Element} element
 * @returns {Element}
 */
function scrollerOf(element) {
  for (let at = /** @type {Element | null} */ (element); at; at = parentOf(at)) {
    const scrolls = /auto|scroll/.test(getComputedStyle(at).overflowY) && at.scrollHeight > at.clientHeight;
    if (scrolls) return at;
  }
  return document.scrollingElement ?? document.documentElement;
}

/**
 * @param {Element} element
 * @returns {Element | null}
 */
function parentOf(element) {
  const root = element.getRootNode();
  return element.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
}
