/**
 * How relevant each candidate is to a query, in two ways that keep what was entered when one changes between them:
 * graded, `{"grades": {"d1": 2}}`, and ranked, `{"ranking": [["d3"], ["d1", "d2"]]}` (best first, ties together).
 */
import { el, reveal } from "../dom.js";
import { letter, searches } from "../keys/keys.js";
import { languageOf } from "../text/languages.js";
import { toFinder } from "../text/finder.js";
import { graded } from "../parts/graded.js";
import { ranked } from "../parts/ranked.js";
import { reader } from "../text/passage.js";

/** @typedef {import("../contract").FormContext} FormContext */
/** @typedef {{id: string, content: import("../contract").Content}} Candidate */

const MODES = { graded, ranked };

/**
 * The candidates in the order to show them.
 * @param {FormContext} context
 * @returns {Candidate[]}
 */
function inOrder({ content, order }) {
  const place = (/** @type {Candidate} */ { id }) => (order.includes(id) ? order.indexOf(id) : Infinity);
  return [...content.candidates].sort((a, b) => place(a) - place(b));
}

/**
 * @param {HTMLElement} root
 * @param {FormContext} context
 * @returns {import("../contract").MountedForm}
 */
export function mount(root, context) {
  const { content, settings, draft, languages, say, onChange, onComplete } = context;
  const candidates = inOrder(context);
  const held = { grades: { ...draft?.grades }, ranking: draft?.ranking ?? null, focus: draft?.focus ?? null };
  /** @type {"graded" | "ranked"} */
  let mode = draft?.mode ?? (draft?.ranking ? "ranked" : draft?.grades ? "graded" : settings.mode);
  const body = el("div", { class: "candidates-area" });
  const question = el("p", { class: "question" });
  const choices = ["graded", "ranked"].map((name) =>
    el("button", { type: "button", class: "segment", onclick: () => change(name) }, say(`reranking.${name}`)),
  );
  const toggle = el("div", { class: "segments", role: "group", "aria-label": say("reranking.mode") }, ...choices);
  const reading = { languages, say, item: content };
  const query = reader(content.query, { ...reading, label: say("reranking.query") }).element;
  root.append(
    el(
      "section",
      { class: "query", "aria-label": say("reranking.query") },
      el("h2", { class: "eyebrow" }, say("reranking.query")),
      query,
      content.instruction
        ? el(
            "p",
            { class: "instruction", dir: "auto", lang: languageOf(content.instruction, languages) || null },
            content.instruction,
          )
        : null,
    ),
    el("div", { class: "row" }, question, toggle),
    body,
  );

  const all = () => ({ mode, ...held });
  const parts = {
    candidates,
    settings,
    reading,
    say,
    held,
    onChange: () => onChange(all()),
    onComplete,
  };
  let current = show();

  function show() {
    question.textContent = say(`reranking.question.${mode}`);
    choices.forEach((button, index) =>
      button.setAttribute("aria-pressed", String(["graded", "ranked"][index] === mode)),
    );
    return MODES[mode](body, parts);
  }

  function change(/** @type {string} */ name) {
    if (name === mode) return;
    current.destroy();
    mode = /** @type {"graded" | "ranked"} */ (name);
    current = show();
    onChange(all());
  }

  return {
    key(event) {
      if (letter(event) === "m") change(mode === "graded" ? "ranked" : "graded");
      else return (searches(event) && toFinder(body)) || current.key(event);
      return true;
    },
    draft: all,
    reveal: () => reveal(body.querySelector(".marked")),
    destroy: () => current.destroy(),
  };
}

/**
 * @param {Record<string, any>} settings
 * @param {import("../contract").Say} say
 * @returns {[string, string][]}
 */
export function help(settings, say) {
  return [
    [`0–${settings.grades.length - 1}`, say("reranking.key.grade")],
    ["↑ ↓", say("reranking.key.focus")],
    ["Alt+↑ Alt+↓", say("reranking.key.move")],
    ["=", say("reranking.key.tie")],
    ["Enter", say("reranking.key.enter")],
    ["M", say("reranking.key.mode")],
    ["/", say("text.key.find")],
  ];
}
