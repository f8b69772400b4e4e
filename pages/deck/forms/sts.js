/** How close in meaning two texts are, on the task's own scale. Payload: `{"score": 3.5}`. */
import { el, keycap } from "../dom.js";
import { digit, letter, searches } from "../keys/keys.js";
import { directionOf, languageOf } from "../text/languages.js";
import { differences, showPieces } from "../text/differences.js";
import { toFinder } from "../text/finder.js";
import { slider } from "../parts/slider.js";
import { reader, textOf } from "../text/passage.js";
import { liking } from "../saving/shelf.js";

/** @typedef {import("../contract").FormContext} FormContext */

/** A scale with more values than this is a slider. */
const MOST_BUTTONS = 21;

/**
 * The values of a scale, ascending; null where they are too many to show, or the scale is continuous (step 0).
 * @param {Record<string, any>} settings
 * @returns {number[] | null}
 */
export function values({ min = 0, max = 5, step = 1 }) {
  const count = step > 0 ? Math.floor((max - min) / step + 1e-9) + 1 : Infinity;
  if (count > MOST_BUTTONS) return null;
  return Array.from({ length: count }, (_, index) => Number((min + index * step).toFixed(6)));
}

/**
 * Whether one digit says a value, and the half step above it with "." before: else numbers are typed out.
 * @param {number[] | null} all
 * @returns {all is number[]}
 */
const oneDigit = (all) => all !== null && all.every((value) => value >= 0 && value < 10 && Number.isInteger(value * 2));

/**
 * @param {HTMLElement} root
 * @param {FormContext} context
 * @returns {import("../contract").MountedForm}
 */
export function mount(root, context) {
  const { content, settings, languages, say } = context;
  const readers = [content.sentence1, content.sentence2].map((text, index) =>
    reader(text, { languages, say, item: content, label: say("text.n", { n: index + 1 }) }),
  );
  const texts = readers.map(({ element }, index) => {
    const label = say("text.n", { n: index + 1 });
    return el("section", { class: "card", "aria-label": label }, el("h2", { class: "eyebrow" }, label), element);
  });
  const marking = markDifferences(
    readers.map(({ block }) => block),
    context,
  );
  const all = values(settings);
  const answer = oneDigit(all) ? buttons(all, context) : slider(all, context);
  root.append(
    el("div", { class: "pair" }, ...texts),
    el("div", { class: "row" }, el("p", { class: "question" }, say("sts.question")), marking.button),
    answer.element,
  );
  return {
    key(event) {
      if (letter(event) === "d") marking.toggle();
      else return (searches(event) && toFinder(root)) || answer.key(event);
      return true;
    },
    draft: answer.draft,
    destroy() {},
  };
}

/**
 * A button that marks the words in which two texts differ; whether they are marked is the annotator's liking.
 * @param {HTMLElement[]} blocks
 * @param {FormContext} context
 */
function markDifferences(blocks, { content, languages, say }) {
  const [first, second] = [textOf(content.sentence1), textOf(content.sentence2)];
  /** @type {import("../text/differences.js").Piece[][] | null} */
  let found = null;
  const button = el(
    "button",
    { type: "button", class: "tool switch", "aria-keyshortcuts": "D", onclick: () => toggle() },
    el("span", {}, say("sts.differences")),
    keycap("D"),
  );

  function show() {
    const isOn = liking.get("differences") === "marked";
    button.setAttribute("aria-pressed", String(isOn));
    if (isOn) found ??= differences(first, second, languageOf(first, languages));
    found?.forEach((pieces, index) => showPieces(blocks[index], pieces, isOn));
  }

  function toggle() {
    liking.set("differences", liking.get("differences") === "marked" ? "" : "marked");
    show();
  }

  show();
  return { button, toggle };
}

/**
 * One button a value; a half step is a small one beside the whole below it.
 * @param {number[]} all
 * @param {FormContext} context
 */
function buttons(all, { settings, draft, say, onComplete }) {
  const given = draft?.score ?? null;
  const complete = (/** @type {number} */ score) => onComplete({ score });
  const whole = all.filter(Number.isInteger);
  const halves = all.filter((value) => !Number.isInteger(value));
  let half = false;
  const element = el("div", { class: "scale", role: "group", "aria-label": say("sts.question") });
  for (const value of whole) {
    const anchor = settings.anchors?.[String(value)] ?? "";
    const cell = el(
      "div",
      { class: "cell" },
      el(
        "button",
        {
          type: "button",
          class: "choice value",
          dir: anchor ? directionOf([anchor]) : null,
          "aria-pressed": String(given === value),
          "aria-keyshortcuts": String(value),
          onclick: () => complete(value),
        },
        el("span", { class: "number" }, String(value)),
        anchor ? el("span", { class: "anchor", dir: "auto" }, anchor) : null,
      ),
    );
    if (halves.includes(value + 0.5)) cell.append(halfButton(value + 0.5, given, say, complete));
    element.append(cell);
  }
  return {
    element,
    draft: () => (given === null ? null : { score: given }),
    key(/** @type {KeyboardEvent} */ event) {
      if (halves.length && /^[.,٫]$/.test(event.key)) {
        half = !half;
        element.classList.toggle("half", half);
        return true;
      }
      const pressed = digit(event);
      const score = pressed === null ? null : pressed + (half ? 0.5 : 0);
      if (score === null || !all.includes(score)) return pressed !== null;
      complete(score);
      return true;
    },
  };
}

/**
 * @param {number} value
 * @param {number | null} given
 * @param {import("../contract").Say} say
 * @param {(score: number) => void} complete
 */
function halfButton(value, given, say, complete) {
  const attributes = {
    type: "button",
    class: "choice half-step",
    "aria-pressed": String(given === value),
    "aria-label": say("sts.half", { value }),
  };
  return el("button", { ...attributes, onclick: () => complete(value) }, el("bdi", {}, "+½"));
}

/**
 * @param {Record<string, any>} settings
 * @param {import("../contract").Say} say
 * @returns {[string, string][]}
 */
export function help(settings, say) {
  const all = values(settings);
  /** @type {[string, string][]} */
  const others = [
    ["D", say("sts.key.differences")],
    ["/", say("text.key.find")],
  ];
  if (!oneDigit(all)) return [["0–9 . Enter", say("sts.key.number")], ...others];
  const whole = all.filter(Number.isInteger);
  /** @type {[string, string][]} */
  const keys = [[`${whole[0]}–${whole[whole.length - 1]}`, say("sts.key.digit")]];
  if (whole.length < all.length) keys.push([".", say("sts.key.half")]);
  return [...keys, ...others];
}
