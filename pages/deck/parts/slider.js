/** A scale of many values, or of all between two: a slider, or a number typed out; Enter answers. */
import { el, keycap } from "../dom.js";
import { digit } from "../keys/keys.js";

/**
 * @param {number[] | null} all the values allowed; null: whatever the step allows
 * @param {import("../contract").FormContext} context
 */
export function slider(all, { settings, draft, say, onChange, onComplete }) {
  const { min = 0, max = 5, step = 0, anchors = {} } = settings;
  /** What was typed or chosen: text, so that "3." can go on to "3.5". */
  let typed = draft?.score === undefined || draft?.score === null ? "" : String(draft.score);
  const range = el("input", {
    type: "range",
    min,
    max,
    step: step || (max - min) / 100,
    value: (min + max) / 2,
    "aria-label": say("sts.slider", { min, max }),
  });
  const output = el("output", { class: "reading" });
  const message = el("p", { class: "message", role: "status" });
  const done = el(
    "button",
    { type: "button", class: "primary", "aria-keyshortcuts": "Enter", onclick: () => complete() },
    say("done"),
    keycap("Enter"),
  );
  const ends = el(
    "div",
    { class: "ends" },
    ...[min, max].map((end) =>
      el("span", { dir: "auto" }, `${end}${anchors[String(end)] ? ` ${anchors[String(end)]}` : ""}`),
    ),
  );
  const element = el("div", { class: "slider" }, el("div", { class: "line" }, range, output), ends, message, done);

  const isAllowed = (/** @type {number} */ score) =>
    score >= min && score <= max && (all === null || all.includes(score));
  const score = () => (typed.trim() === "" ? NaN : Number(typed));

  function show() {
    const value = score();
    const known = typed !== "" && isAllowed(value);
    if (!Number.isNaN(value)) range.value = String(value);
    element.classList.toggle("unset", typed === "");
    output.textContent = typed || "–";
    if (typed === "") range.setAttribute("aria-valuetext", say("sts.unset"));
    else range.removeAttribute("aria-valuetext");
    done.disabled = !known;
    message.textContent = known ? "" : typed === "" ? say("sts.unset") : say("sts.outside", { min, max });
  }

  function change(/** @type {string} */ text) {
    typed = text;
    show();
    onChange(held());
  }

  function complete() {
    if (typed !== "" && isAllowed(score())) onComplete({ score: score() });
  }

  const held = () => (typed !== "" && isAllowed(score()) ? { score: score() } : null);

  // A tap on where the slider stands already changes nothing, and is an answer all the same.
  range.addEventListener("pointerup", () => typed === "" && change(String(Number(Number(range.value).toFixed(4)))));
  range.addEventListener("input", () => change(String(Number(Number(range.value).toFixed(4)))));
  show();
  return {
    element,
    draft: held,
    key(/** @type {KeyboardEvent} */ event) {
      const pressed = digit(event);
      if (pressed !== null) change(typed.length < 8 ? typed + pressed : typed);
      else if (/^[.,٫]$/.test(event.key) && !typed.includes(".")) change(`${typed || "0"}.`);
      else if (event.key === "-" && typed === "" && min < 0) change("-");
      else if (event.key === "Backspace" && typed !== "") change(typed.slice(0, -1));
      else if (event.key === "Enter") complete();
      else return false;
      return true;
    },
  };
}
