/** Gives each key press to what it is meant for. Listens before the page does, so that its shortcuts stay quiet. */
import { letter, modified, native, typing } from "./keys.js";

/** @typedef {import("./answering.js").Answering} Answering */

/**
 * @param {Answering} answering
 * @returns {() => void} ends it
 */
export function listen(answering) {
  const stopping = new AbortController();
  /** Keys that are held down and were used here: what they repeat is nobody's. @type {Set<string>} */
  const held = new Set();
  let seen = false;
  /** Nothing is answered before it can be seen: the style sheets bring the deck to sight. */
  const isSeen = () => (seen ||= getComputedStyle(answering.screen.root).visibility === "visible");
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing || !isSeen()) return;
    if (!event.repeat) held.delete(event.code);
    if (event.repeat ? !held.has(event.code) : !isUsed(answering, event)) return;
    held.add(event.code);
    event.preventDefault();
    event.stopPropagation();
  };
  window.addEventListener("keydown", onKeyDown, { capture: true, signal: stopping.signal });
  return () => stopping.abort();
}

/**
 * @param {Answering} answering
 * @param {KeyboardEvent} event
 */
function isUsed(answering, event) {
  const byDialog = answering.dialogs.key(event);
  if (byDialog !== null) return byDialog;
  if (typing(event)) return leavesField(answering, event);
  if (native(event)) return false;
  if (!answering.sheet.form) answering.nudge();
  return Boolean(answering.sheet.form?.key(event)) || isCommon(answering, event);
}

/**
 * @param {Answering} answering
 * @param {KeyboardEvent} event
 */
function leavesField(answering, event) {
  if (event.key !== "Escape" || !event.composedPath().includes(answering.screen.root)) return false;
  answering.screen.focusItem();
  return true;
}

/**
 * @param {Answering} answering
 * @param {KeyboardEvent} event
 */
function isCommon(answering, event) {
  const act = modified(event) ? withControl(answering, event) : plain(answering, event);
  act?.();
  return Boolean(act);
}

/**
 * @param {Answering} answering
 * @param {KeyboardEvent} event
 */
function withControl(answering, event) {
  const isUndo =
    (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "z";
  return isUndo ? () => answering.undo() : undefined;
}

/**
 * @param {Answering} answering
 * @param {KeyboardEvent} event
 * @returns {(() => void) | undefined}
 */
function plain(answering, event) {
  const named = {
    ArrowLeft: () => answering.back(),
    ArrowRight: () => answering.forward(),
    Backspace: () => answering.undo(),
    "?": () => answering.help(),
    "؟": () => answering.help(),
  }[event.shiftKey && event.key.startsWith("Arrow") ? "" : event.key];
  if (named) return named;
  return {
    u: () => answering.undo(),
    s: () => answering.skip(),
    c: () => answering.screen.writeComment(),
    g: () => answering.guidelines.toggle(),
  }[letter(event)];
}
