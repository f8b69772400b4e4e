/**
 * The deck: the annotator's answering screen, a Streamlit component. It holds the next items, draws the next one in
 * the frame of the key press that completes an answer, and sends answers in the background (answering.js, saving.js).
 * A form knows its task type and nothing else: `contract.d.ts` has what it is given and what it gives back.
 */
import { Answering } from "./answering.js";
import * as classification from "./forms/classification.js";
import * as clustering from "./forms/clustering.js";
import * as reranking from "./forms/reranking.js";
import * as sts from "./forms/sts.js";
import { listen } from "./keyboard.js";
import { settleInto } from "./page.js";
import { words } from "./words.js";

/** One form a task type. @type {Record<string, import("./contract").Form>} */
const FORMS = { sts, classification, clustering, reranking };

/** Streamlit calls this again on the same element when its theme changes. @type {WeakMap<Node, {what: string, end: () => void}>} */
const running = new WeakMap();

/**
 * @param {{parentElement: ParentNode & Node, data: import("./contract").DeckData}} component
 * @returns {() => void} takes the deck away
 */
export default function deck({ parentElement, data }) {
  const what = JSON.stringify(data);
  const before = running.get(parentElement);
  if (before?.what === what) return before.end;
  before?.end();
  const end = start(parentElement, data);
  running.set(parentElement, { what, end });
  return end;
}

/**
 * @param {ParentNode & Node} parent
 * @param {import("./contract").DeckData} data
 */
function start(parent, data) {
  const answering = new Answering(data, FORMS, words(data.words, data.locale));
  const { root } = answering.screen;
  parent.append(root);
  const letGo = settleInto(root);
  const stopListening = listen(answering);
  const onStorage = (/** @type {StorageEvent} */ event) => answering.answeredElsewhere(event);
  window.addEventListener("storage", onStorage);
  answering.start();
  return () => {
    running.delete(parent);
    stopListening();
    window.removeEventListener("storage", onStorage);
    letGo();
    answering.destroy();
    root.remove();
  };
}
