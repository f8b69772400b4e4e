/**
 * Answers that an annotator has left unsaved in this browser, for a page that shows no deck: they are sent, and how
 * many wait is said. Nothing is shown where there are none.
 */
import { el } from "./dom.js";
import { Outbox } from "./saving/outbox.js";
import { Wire } from "./saving/wire.js";
import { words } from "./words.js";

/**
 * Streamlit calls this again on the same element when its theme changes.
 * @type {WeakMap<Node, {account: string, end: () => void}>}
 */
const running = new WeakMap();

/**
 * @param {{parentElement: ParentNode & Node,
 *   data: {account: string, locale?: string, dir?: string, words?: Record<string, string>}}} component
 * @returns {() => void} takes it away
 */
export default function leftover({ parentElement, data }) {
  const before = running.get(parentElement);
  if (before?.account === data.account) return before.end;
  before?.end();
  const say = words(data.words, data.locale);
  const style = "margin: 0; font-family: var(--st-font); color: var(--st-text-color)";
  const line = el("p", { role: "status", style, dir: data.dir || "ltr", lang: data.locale || "en", hidden: true });
  const outbox = new Outbox(new Wire(data.account), { onChange: () => show(), onSaved: () => {} });
  function show() {
    const waiting = outbox.unsaved.length;
    if (waiting) line.hidden = false;
    line.textContent = waiting ? say("unsaved", { n: waiting }) : say("saved");
  }
  parentElement.append(line);
  if (outbox.unsaved.length) {
    show();
    outbox.send();
  }
  const end = () => {
    running.delete(parentElement);
    outbox.destroy();
    line.remove();
  };
  running.set(parentElement, { account: data.account, end });
  return end;
}
