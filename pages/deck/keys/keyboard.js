/** Gives each key press to what it is meant for. Listens before the page does, so that its shortcuts stay quiet. */
import { arrows } from "./arrows.js";
import { letter, modified, native, typing } from "./keys.js";

/** @typedef {import("../flow/answering.js").Answering} Answering */

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
  if (answering.lesson.entry) return inLesson(answering, event);
  if (native(event)) return false;
  if (!answering.sheet.form) answering.nudge();
  return Boolean(answering.sheet.form?.key(event)) || isCommon(answering, event);
}

/**
 * A practice item has been answered: its own keys are nobody's until the next item is there.
 * @param {Answering} answering
 * @param {KeyboardEvent} event
 */
function inLesson(answering, event) {
  const isOnward = [" ", "Enter", arrows(answering.data.dir).onward.key].includes(event.key);
  if (isOnward) answering.endLesson();
  if (isOnward) return true;
  if (event.key === "?" || event.key === "؟") answering.help();
  else if (letter(event) === "g") answering.guidelines.toggle();
  return event.key.length === 1 && !modified(event);
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
  const { back, onward } = arrows(answering.data.dir);
  const named = {
    [back.key]: () => answering.back(),
    [onward.key]: () => answering.forward(),
    Backspace: () => answering.undo(),
    "?": () => answering.help(),
    "؟": () => answering.help(),
  }[event.shiftKey && event.key.startsWith("Arrow") ? "" : event.key];
  if (named) return named;
  if (event.key === "Enter" && !answering.trail.current) return answering.goElsewhere() ? () => {} : undefined;
  return {
    u: () => answering.undo(),
    s: () => answering.skip(),
    c: () => answering.screen.writeComment(),
    h: () => answering.sure(),
    p: () => answering.pause(),
    g: () => answering.guidelines.toggle(),
  }[letter(event)];
}
