/** What the board of clustering consists of, empty: the texts to place, the groups, and what stands round them. */
import { el, keycap } from "../dom.js";
import { liking } from "../saving/shelf.js";

/**
 * @param {import("../contract").Say} say
 * @param {HTMLElement} search
 * @param {{complete: () => void, putIntoNew: () => void, judge: () => void}} act
 * `judge`: whether the last text's key finishes has changed
 */
export function boardLayout(say, search, act) {
  const left = el("div", { class: "cards" });
  const leftCount = el("span", { class: "count" });
  const list = el("div", { class: "groups" });
  const message = el("p", { class: "message", role: "status" });
  const heard = el("p", { class: "unseen", role: "status" });
  const done = el(
    "button",
    { type: "button", class: "primary", "aria-keyshortcuts": "Enter", onclick: act.complete },
    say("done"),
    keycap("Enter"),
  );
  const more = el(
    "button",
    { type: "button", class: "new-group", "aria-keyshortcuts": "N", onclick: act.putIntoNew },
    el("span", {}, `+ ${say("clustering.new")}`),
    keycap("N"),
  );
  const area = el(
    "div",
    { class: "board" },
    el(
      "section",
      { class: "to-place", "aria-label": say("clustering.left"), "data-group": "none" },
      el("h2", { class: "eyebrow" }, say("clustering.left"), leftCount),
      left,
    ),
    el("div", { class: "placed" }, list, more),
  );
  const byKey = lastByKey(act.judge);
  const choice = el("label", { class: "by-key" }, byKey, el("span", {}, say("clustering.by-key")));
  const elements = [
    el("div", { class: "row" }, el("p", { class: "question" }, say("clustering.question")), search),
    area,
    el("div", { class: "finish" }, message, choice, done),
    heard,
  ];
  return { left, leftCount, list, message, heard, done, more, area, byKey, elements };
}

/**
 * Whether the key that places the last text finishes: the annotator's liking.
 * @param {() => void} onChange
 */
function lastByKey(onChange) {
  const box = el("input", { type: "checkbox" });
  box.checked = liking.get("last text") !== "stay";
  box.addEventListener("change", () => {
    liking.set("last text", box.checked ? "" : "stay");
    onChange();
  });
  return box;
}
