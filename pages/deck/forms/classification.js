/** Which of the task's labels fits a text. Payload: `{"label": "joy"}`. */
import { el, keycap, reveal } from "../dom.js";
import { CHOICE_KEYS, choice, searches } from "../keys/keys.js";
import { directionOf } from "../text/languages.js";
import { toFinder } from "../text/finder.js";
import { reader } from "../text/passage.js";

/** From so many labels on there is a box to find one. */
const MANY = 21;

/**
 * @param {HTMLElement} root
 * @param {import("../contract").FormContext} context
 * @returns {import("../contract").MountedForm}
 */
export function mount(root, { content, settings, draft, languages, say, onComplete }) {
  /** @type {{name: string, description?: string}[]} */
  const labels = settings.labels;
  const given = draft?.label ?? null;
  const complete = (/** @type {string} */ label) => onComplete({ label });
  const buttons = labels.map((label, index) => labelButton(label, CHOICE_KEYS[index] ?? "", given, complete));
  const dir = directionOf(labels.map(({ name, description }) => `${name} ${description ?? ""}`));
  const list = el(
    "div",
    { class: "labels", dir, role: "group", "aria-label": say("classification.question") },
    ...buttons,
  );
  const finder = labels.length >= MANY ? filter(labels, buttons, say, complete) : null;
  root.append(
    el(
      "section",
      { class: "card", "aria-label": say("text") },
      reader(content.text, { languages, say, item: content, label: say("text") }).element,
    ),
    el("p", { class: "question" }, say("classification.question")),
    ...(finder ? [finder.element] : []),
    list,
  );
  return {
    key(event) {
      if (searches(event)) return finder ? finder.open() : toFinder(root);
      const index = choice(event, labels.length);
      if (index === null) return false;
      complete(labels[index].name);
      return true;
    },
    draft: () => (given === null ? null : { label: given }),
    destroy() {},
  };
}

/**
 * @param {{name: string, description?: string}} label
 * @param {string} key
 * @param {string | null} given
 * @param {(label: string) => void} complete
 */
function labelButton({ name, description }, key, given, complete) {
  const attributes = {
    type: "button",
    class: "choice label",
    "aria-pressed": String(name === given),
    "aria-keyshortcuts": key || null,
  };
  return el(
    "button",
    { ...attributes, onclick: () => complete(name) },
    key ? keycap(key) : null,
    el(
      "span",
      { class: "words" },
      el("span", { class: "name", dir: "auto" }, name),
      description ? el("span", { class: "description", dir: "auto" }, description) : null,
    ),
  );
}

/**
 * A box that leaves only the labels that contain what is typed; Enter takes the first, which is marked.
 * @param {{name: string, description?: string}[]} labels
 * @param {HTMLButtonElement[]} buttons
 * @param {import("../contract").Say} say
 * @param {(label: string) => void} complete
 */
function filter(labels, buttons, say, complete) {
  const input = el("input", {
    type: "search",
    dir: "auto",
    placeholder: say("classification.filter"),
    "aria-label": say("classification.filter"),
    "aria-keyshortcuts": "/",
  });
  const found = el("p", { class: "message", role: "status" });
  const matches = () => {
    const wanted = input.value.trim().toLocaleLowerCase();
    return labels.map(({ name, description }) => `${name} ${description ?? ""}`.toLocaleLowerCase().includes(wanted));
  };
  const first = () => (input.value.trim() ? matches().indexOf(true) : -1);
  function show() {
    const fits = matches();
    buttons.forEach((button, index) => {
      button.hidden = !fits[index];
      button.classList.toggle("first", index === first());
    });
    const n = fits.filter(Boolean).length;
    found.textContent = !n
      ? say("classification.none")
      : first() >= 0
        ? say("classification.found", { n, name: labels[first()].name })
        : "";
  }
  input.addEventListener("input", show);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.repeat && first() >= 0) complete(labels[first()].name);
  });
  return {
    element: el("div", { class: "finder", role: "search" }, input, found),
    open() {
      input.focus();
      input.select();
      reveal(input);
      return true;
    },
  };
}

/**
 * @param {Record<string, any>} settings
 * @param {import("../contract").Say} say
 * @returns {[string, string][]}
 */
export function help(settings, say) {
  const keys = CHOICE_KEYS.slice(0, settings.labels.length);
  const [digits, letters] = [keys.filter((key) => key <= "9"), keys.filter((key) => key > "9")];
  const span = (/** @type {string[]} */ some) =>
    some.length > 1 ? `${some[0]}–${some[some.length - 1]}` : some.join("");
  const shown = [digits, letters].map(span).filter(Boolean).join(" ").toUpperCase();
  /** @type {[string, string][]} */
  const rows = [[shown, say("classification.key")]];
  rows.push(["/", say(settings.labels.length >= MANY ? "classification.key.filter" : "text.key.find")]);
  return rows;
}
