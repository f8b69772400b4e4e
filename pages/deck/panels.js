/** What comes in front of the form: the reasons of a skip, the keys, the notices, the end. */
import { el, keycap } from "./dom.js";

/** @typedef {import("./contract").Say} Say */

/** Reasons why an item cannot be judged, as the server takes them (hume/answers.py, docs/wire.md). */
export const REASONS = ["unclear", "wrong language", "bad item", "offensive", "other"];

/**
 * @param {Say} say
 * @param {(reason: string) => void} choose
 */
export function skipPanel(say, choose) {
  const dialog = el("dialog", { class: "panel", "aria-label": say("skip.title") });
  const pick = (/** @type {string} */ reason) => {
    dialog.close();
    choose(reason);
  };
  const buttons = REASONS.map((reason, index) =>
    el(
      "button",
      { type: "button", class: "choice", "aria-keyshortcuts": String(index + 1), onclick: () => pick(reason) },
      keycap(String(index + 1)),
      el("span", {}, say(`skip.${reason}`)),
    ),
  );
  dialog.append(
    el("h2", {}, say("skip.title")),
    el("div", { class: "choices" }, ...buttons),
    el(
      "button",
      { type: "button", class: "tool", onclick: () => dialog.close() },
      el("span", {}, say("cancel")),
      keycap("Esc"),
    ),
  );
  return { dialog, pick: (/** @type {number} */ index) => REASONS[index] && pick(REASONS[index]) };
}

/**
 * @param {Say} say
 * @param {[string, string][]} formKeys
 */
export function helpPanel(say, formKeys) {
  const dialog = el("dialog", { class: "panel", "aria-label": say("keys.title") });
  /** @type {[string, string][]} */
  const common = [
    ["←", say("key.previous")],
    ["→", say("key.next")],
    ["⌫ U", say("key.undo")],
    ["S", say("key.skip")],
    ["C", say("key.comment")],
    ["G", say("key.guidelines")],
    ["?", say("key.help")],
    ["Esc", say("key.escape")],
  ];
  const rows = [...formKeys, ...common].map(([keys, does]) =>
    el(
      "div",
      { class: "key-row" },
      el("dt", {}, ...keys.split(" ").map((key) => el("kbd", {}, key))),
      el("dd", {}, does),
    ),
  );
  dialog.append(
    el("h2", {}, say("keys.title")),
    el("dl", {}, ...rows),
    el(
      "button",
      { type: "button", class: "tool", onclick: () => dialog.close() },
      el("span", {}, say("close")),
      keycap("Esc"),
    ),
  );
  return dialog;
}

/**
 * What is wrong with the connection, what becomes of the answers, and what to do.
 * @param {Say} say
 * @param {{trouble: import("./wire.js").WireError | null, unsaved: number, kept: boolean}} state
 */
export function troubleNotice(say, { trouble, unsaved, kept }) {
  const unkept = unsaved > 0 && !kept;
  if (!trouble && !unkept) return null;
  const told = trouble && (trouble.kind === "forbidden" || trouble.kind === "refused") && trouble.message;
  const sentences = [
    trouble ? say(`trouble.${trouble.kind}`) : "",
    unkept ? say("trouble.not-kept") : unsaved ? say("trouble.kept") : "",
  ];
  return el(
    "div",
    { class: "notice", role: "alert" },
    el("p", {}, sentences.filter(Boolean).join(" ")),
    told ? el("p", { dir: "auto" }, told) : null,
    trouble?.kind === "signed-out"
      ? el("p", {}, el("a", { href: location.href, target: "_self", class: "act" }, say("sign-in")))
      : null,
  );
}

/**
 * One answer that the server refused, with its reason and the ways out.
 * @param {Say} say
 * @param {import("./saving.js").Parcel} parcel
 * @param {{open: () => void, giveUp: () => void}} actions
 */
export function refusedNotice(say, parcel, { open, giveUp }) {
  return el(
    "div",
    { class: "notice", role: "alert" },
    el("p", {}, el("strong", {}, `${say("refused", { n: 1 })}: `), el("span", { dir: "auto" }, parcel.refused)),
    el(
      "p",
      {},
      el("button", { type: "button", class: "act", onclick: open }, say("refused.open")),
      el("button", { type: "button", class: "act", onclick: giveUp }, say("refused.give-up")),
    ),
  );
}

/**
 * @param {Say} say
 * @param {string} home
 */
const homeLink = (say, home) =>
  el("p", { class: "ways" }, el("a", { class: "primary", href: home, target: "_self" }, say("finished.home")));

/**
 * @typedef {object} Emptiness
 * @property {string} task
 * @property {string} home
 * @property {boolean} exhausted whether the server had nothing new when it was last asked
 * @property {import("./wire.js").WireError | null} trouble why items could not be fetched
 * @property {import("./contract").Progress | null} progress
 * @property {number} unsaved
 * @property {(() => void) | null} back
 */

/**
 * Why no item is on the screen: none has come yet, none can be fetched, or none is left.
 * @param {Say} say
 * @param {Emptiness} state
 */
export function emptyScreen(say, state) {
  const { home, exhausted, trouble, progress, unsaved } = state;
  // With answers on their way, what the server takes for open may be answered already: then it is asked again.
  if (exhausted && (!unsaved || (progress && progress.open <= 0))) return finishedScreen(say, state);
  if (trouble?.kind === "refused") return homeLink(say, home);
  return el("p", { class: "waiting" }, say(trouble ? "loading.failed" : "loading"));
}

/**
 * @param {Say} say
 * @param {Emptiness} state
 */
function finishedScreen(say, { progress, task, home, unsaved, back }) {
  const total = progress?.total ?? 0;
  const open = progress?.open ?? 0;
  const ways = homeLink(say, home);
  const label = [el("span", {}, say("finished.back")), keycap("←")];
  if (back) ways.append(el("button", { type: "button", class: "tool", onclick: back }, ...label));
  return el(
    "div",
    { class: "finished" },
    total > open ? el("h2", {}, say("finished.title")) : null,
    el("p", { class: "lead" }, total && !open ? say("finished.all", { total, task }) : say("finished.none")),
    open ? el("p", { class: "muted" }, say("finished.others")) : null,
    unsaved ? el("p", { class: "muted" }, say("finished.unsaved")) : null,
    ways,
  );
}
