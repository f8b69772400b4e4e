/** What comes in front of the form: the reasons of a skip, the keys, a pause, the goal for the day, the notices. */
import { el, keycap } from "../dom.js";

/** @typedef {import("../contract").Say} Say */

/** Reasons why an item cannot be judged, as the server takes them (hume/answers.py, docs/wire.md). */
const REASONS = ["unclear", "wrong language", "bad item", "offensive", "other"];

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
 * @param {boolean} isRtl the arrow onward points to where one reads on
 */
export function helpPanel(say, formKeys, isRtl) {
  const dialog = el("dialog", { class: "panel", "aria-label": say("keys.title") });
  /** @type {[string, string][]} */
  const common = [
    [isRtl ? "→" : "←", say("key.previous")],
    [isRtl ? "←" : "→", say("key.next")],
    ["⌫ U", say("key.undo")],
    ["S", say("key.skip")],
    ["C", say("key.comment")],
    ["H", say("key.sure")],
    ["P", say("key.pause")],
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
 * Lies over the item while the annotator is away.
 * @param {Say} say
 */
export function pausePanel(say) {
  const onward = el("p", { class: "muted" }, say("pause.onward"));
  const dialog = el("dialog", { class: "pause", "aria-label": say("pause.title") });
  dialog.append(el("div", {}, el("h2", {}, say("pause.title")), el("p", {}, say("pause.clock")), onward));
  return dialog;
}

/**
 * @param {Say} say
 * @param {number} goal as it is; 0: none
 * @param {(goal: number) => void} set
 */
export function goalPanel(say, goal, set) {
  const dialog = el("dialog", { class: "panel", "aria-label": say("goal.title") });
  const limits = { type: "number", min: "0", max: "9999", inputmode: "numeric", value: goal ? String(goal) : "" };
  const input = el("input", { ...limits, "aria-label": say("goal.title") });
  const form = el(
    "form",
    { class: "goal" },
    input,
    el("button", { class: "act" }, say("goal.set")),
    el("button", { type: "button", class: "tool", onclick: () => dialog.close() }, say("cancel"), keycap("Esc")),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    set(Math.trunc(Number(input.value)) || 0);
    dialog.close();
  });
  dialog.append(el("h2", {}, say("goal.title")), el("p", { class: "muted" }, say("goal.about")), form);
  return dialog;
}

/**
 * What is wrong with the connection, what becomes of the answers, and what to do.
 * @param {Say} say
 * @param {{trouble: import("../saving/wire.js").WireError | null, unsaved: number, kept: boolean}} state
 */
export function troubleNotice(say, { trouble, unsaved, kept }) {
  const unkept = unsaved > 0 && !kept;
  if (!trouble && !unkept) return null;
  const told = trouble && ["forbidden", "refused", "server"].includes(trouble.kind) && trouble.message;
  const sentences = [
    // The server's own reason, such as a task that was closed or a disk that is full, says it better.
    trouble && !told ? say(`trouble.${trouble.kind}`) : "",
    unkept ? say("trouble.not-kept") : unsaved ? say("trouble.kept") : "",
  ].filter(Boolean);
  return el(
    "div",
    { class: "notice", role: "alert" },
    sentences.length ? el("p", {}, sentences.join(" ")) : null,
    told ? el("p", { dir: "auto" }, told) : null,
    trouble?.kind === "signed-out"
      ? el("p", {}, el("a", { href: location.href, target: "_self", class: "act" }, say("sign-in")))
      : null,
  );
}

/**
 * One answer that the server refused, with its reason and the ways out.
 * @param {Say} say
 * @param {import("../saving/outbox.js").Parcel} parcel
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
