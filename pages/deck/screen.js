/** What surrounds the form: progress, saving, the way back and forth, comment, guidelines. Decides nothing. */
import { el, keycap } from "./dom.js";
import { subsetTitle } from "./languages.js";

/** @typedef {import("./contract").Say} Say */
/** @typedef {"back" | "forward" | "undo" | "comment" | "skip" | "guidelines" | "help"} Action */

export class Screen {
  /**
   * @param {Say} say
   * @param {{task: string, home: string}} what
   * @param {Record<Action, () => void>} actions
   */
  constructor(say, what, actions) {
    this.say = say;
    this.status = el("p", { class: "status", role: "status" });
    this.subset = el("bdi");
    this.counts = el("span", { class: "counts" });
    this.bar = el("div", { class: "fill" });
    this.progress = el("div", { class: "bar", role: "progressbar", "aria-valuemin": "0" }, this.bar);
    this.notices = el("div", { class: "notices" });
    this.form = el("div", { class: "form" });
    this.item = el("section", { class: "item", tabindex: "-1", "aria-label": say("item") });
    this.aside = el("aside", { class: "guidelines", hidden: true, "aria-label": say("guidelines"), tabindex: "0" });
    this.textarea = el("textarea", { rows: "2", dir: "auto", maxlength: "5000", oninput: () => actions.comment() });
    this.comment = el("label", { class: "comment", hidden: true }, el("span", {}, say("comment.label")), this.textarea);
    this.looking = el("div", { class: "looking", hidden: true });
    this.item.append(this.looking, this.form, this.comment);
    this.back = tool(say("previous"), "←", "ArrowLeft", () => actions.back());
    this.forward = tool(say("next"), "→", "ArrowRight", () => actions.forward());
    this.undo = tool(say("undo"), "⌫", "Backspace", () => actions.undo());
    this.write = tool(say("comment"), "C", "C", () => this.writeComment());
    this.skip = tool(say("skip"), "S", "S", () => actions.skip());
    this.guidelines = tool(say("guidelines"), "G", "G", () => actions.guidelines());
    this.help = tool(say("keys"), "?", "?", () => actions.help());
    const frame = el(
      "div",
      { class: "frame" },
      el(
        "header",
        { class: "top" },
        el(
          "a",
          { class: "tool home", href: what.home, target: "_self" },
          el("span", { "aria-hidden": "true" }, "←"),
          say("home"),
        ),
        el("h1", { class: "title" }, what.task, el("span", { class: "subset" }, this.subset)),
        this.status,
        this.guidelines,
        this.help,
      ),
      el("div", { class: "progress" }, this.progress, this.counts),
      this.notices,
      el("div", { class: "desk" }, this.item, this.aside),
      el(
        "footer",
        { class: "foot" },
        this.back,
        this.undo,
        this.forward,
        el("span", { class: "gap" }),
        this.write,
        this.skip,
      ),
    );
    this.root = el("div", { class: "deck", role: "group", "aria-label": say("answering", { task: what.task }) }, frame);
    this.root.style.visibility = "hidden"; // until deck.css, which lifts this, has been loaded
    // A button that was clicked does not keep the focus: Enter would press it again.
    this.root.addEventListener("click", (event) => {
      const button = event.composedPath().find((element) => element instanceof HTMLButtonElement);
      if (event.detail > 0 && button instanceof HTMLButtonElement) button.blur();
    });
  }

  /**
   * @param {string} subset
   * @param {string[]} languages none where they are not known (yet)
   */
  setSubset(subset, languages) {
    this.subset.textContent = subsetTitle(subset, languages);
  }

  /** @param {{total: number, answered: number, skipped: number, today: number}} progress */
  setProgress({ total, answered, skipped, today }) {
    const done = answered + skipped;
    const { say } = this;
    this.bar.style.inlineSize = `${total ? Math.min(100, (100 * done) / total) : 0}%`;
    this.progress.setAttribute("aria-valuemax", String(total));
    this.progress.setAttribute("aria-valuenow", String(done));
    this.progress.setAttribute("aria-label", say("progress.long", { done, total, answered, skipped }));
    const parts = [say("progress", { done, total })];
    if (skipped) parts.push(say("progress.skipped", { n: skipped }));
    if (today) parts.push(say("progress.today", { n: today }));
    this.counts.textContent = parts.join(" · ");
  }

  /**
   * @param {number} unsaved
   * @param {boolean} inTrouble
   */
  setStatus(unsaved, inTrouble) {
    const text = unsaved ? this.say("unsaved", { n: unsaved }) : this.say("saved");
    if (this.status.textContent !== text) this.status.textContent = text;
    this.status.dataset.state = !unsaved ? "saved" : inTrouble ? "trouble" : "sending";
    // While all goes well the count changes with every key: too much to be read out.
    this.status.setAttribute("aria-live", unsaved && !inTrouble ? "off" : "polite");
  }

  /** @param {Node[]} notices */
  setNotices(notices) {
    this.notices.replaceChildren(...notices);
  }

  /**
   * @param {{text: string, canGoBack: boolean, canGoForward: boolean, canUndo: boolean, canAnswer: boolean}} place
   * `text`: what is to be said of an answer that is looked back at, or "".
   */
  setPlace({ text, canGoBack, canGoForward, canUndo, canAnswer }) {
    this.looking.hidden = !text;
    this.looking.textContent = text;
    this.back.disabled = !canGoBack;
    this.forward.disabled = !canGoForward;
    this.undo.disabled = !canUndo;
    this.skip.disabled = this.write.disabled = !canAnswer;
  }

  /** @param {string} text */
  setComment(text) {
    this.textarea.value = text;
    this.comment.hidden = !text;
  }

  writeComment() {
    this.comment.hidden = false;
    this.textarea.focus();
  }

  /** For a new item: its beginning is in sight, and screen readers are on it. */
  focusItem() {
    this.item.focus({ preventScroll: true });
    const covered = parseFloat(getComputedStyle(this.root).scrollMarginBlockStart) || 0;
    if (this.root.getBoundingClientRect().top < covered) this.root.scrollIntoView({ block: "start" });
  }
}

/**
 * @param {string} name
 * @param {string} key as it is shown
 * @param {string} shortcut as it is told
 * @param {() => void} act
 */
const tool = (name, key, shortcut, act) =>
  el(
    "button",
    { type: "button", class: "tool", onclick: act, "aria-keyshortcuts": shortcut },
    el("span", {}, name),
    keycap(key),
  );
