/**
 * The deck: the annotator's answering screen, a Streamlit component. It holds the next items, draws the next one in
 * the frame of the key press that completes an answer, and sends answers in the background (flow/answering.js, saving/outbox.js).
 * A form knows its task type and nothing else: `contract.d.ts` has what it is given and what it gives back.
 */
import { Answering } from "./flow/answering.js";
import * as classification from "./forms/classification.js";
import * as clustering from "./forms/clustering.js";
import * as reranking from "./forms/reranking.js";
import * as sts from "./forms/sts.js";
import { listen } from "./keys/keyboard.js";
import { settleInto } from "./screen/page.js";
import { words } from "./words.js";

// Every other module too: the browser asks for all of them at once, and not for each once it has read who needs it.
import "./afterframe.js";
import "./dom.js";
import "./flow/address.js";
import "./flow/clock.js";
import "./flow/day.js";
import "./flow/lesson.js";
import "./flow/pace.js";
import "./flow/recollection.js";
import "./flow/sheet.js";
import "./flow/standing.js";
import "./flow/supply.js";
import "./flow/trail.js";
import "./keys/arrows.js";
import "./keys/keys.js";
import "./keys/slips.js";
import "./parts/board.js";
import "./parts/boardcard.js";
import "./parts/boardlayout.js";
import "./parts/cards.js";
import "./parts/drag.js";
import "./parts/graded.js";
import "./parts/groupbox.js";
import "./parts/groups.js";
import "./parts/order.js";
import "./parts/ranked.js";
import "./parts/search.js";
import "./parts/slider.js";
import "./saving/drafts.js";
import "./saving/outbox.js";
import "./saving/patience.js";
import "./saving/shelf.js";
import "./saving/uuid.js";
import "./saving/vault.js";
import "./saving/wire.js";
import "./screen/announcer.js";
import "./screen/confidence.js";
import "./screen/dialogs.js";
import "./screen/expected.js";
import "./screen/finished.js";
import "./screen/guidelines.js";
import "./screen/panels.js";
import "./screen/progressbar.js";
import "./screen/prose.js";
import "./screen/screen.js";
import "./text/differences.js";
import "./text/finder.js";
import "./text/languages.js";
import "./text/passage.js";

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
