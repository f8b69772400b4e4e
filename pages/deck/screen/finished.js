/** Why no item is on the screen: none has come yet, none can be fetched, or none is left. */
import { arrows } from "../keys/arrows.js";
import { el, keycap } from "../dom.js";
import { subsetTitle } from "../text/languages.js";

/** @typedef {import("../contract").Say} Say */
/** @typedef {import("../contract").Elsewhere} Elsewhere */

/**
 * @typedef {object} Emptiness
 * @property {string} task
 * @property {string} home
 * @property {string} [locale]
 * @property {"ltr" | "rtl"} [dir]
 * @property {boolean} exhausted whether the server had nothing new when it was last asked
 * @property {import("../saving/wire.js").WireError | null} trouble why items could not be fetched
 * @property {import("../contract").Progress | null} progress
 * @property {number} unsaved
 * @property {boolean} isCut whether answers cannot be sent now
 * @property {number} active milliseconds of today's answers, as far as this browser knows
 * @property {Elsewhere[]} elsewhere what is left in other subsets
 * @property {import("../contract").Completion | null} completion of a study, once all that it asks for is done
 * @property {(() => void) | null} back
 */

/**
 * Whether nothing is left to answer. With answers on their way the server may have more to give once it has them (an
 * item comes a second time, say): it is asked again then. Where they cannot be sent, what was open is all there is.
 * @param {{exhausted: boolean, unsaved: number, isCut: boolean, progress: import("../contract").Progress | null}} state
 */
export const isFinished = ({ exhausted, unsaved, isCut, progress }) =>
  exhausted && (!unsaved || (isCut && progress !== null && progress.open <= 0));

/**
 * @param {Say} say
 * @param {Emptiness} state
 */
export function emptyScreen(say, state) {
  const { home, trouble } = state;
  if (isFinished(state)) return finishedScreen(say, state);
  if (trouble?.kind === "refused" || trouble?.kind === "forbidden") return homeLink(say, home);
  return el("p", { class: "waiting" }, say(trouble ? "loading.failed" : "loading"));
}

/**
 * @param {Say} say
 * @param {string} home
 * @param {"primary" | "tool"} kind
 */
const homeLink = (say, home, kind = "primary") =>
  el("p", { class: "ways" }, el("a", { class: kind, href: home, target: "_self" }, say("finished.home")));

/** @param {Elsewhere} place */
export const linkTo = ({ task, subset }) => `${location.pathname}?${new URLSearchParams({ task, subset })}`;

/**
 * @param {Say} say
 * @param {Emptiness} state
 */
function finishedScreen(say, state) {
  const { progress, task, unsaved, home, back } = state;
  const done = unsaved ? null : state.completion;
  const total = progress?.total ?? 0;
  const open = progress?.open ?? 0;
  const ways = homeLink(say, home, done ? "tool" : "primary");
  const label = [el("span", {}, say("finished.back")), keycap(arrows(state.dir).back.sign)];
  if (back) ways.append(el("button", { type: "button", class: "tool", onclick: back }, ...label));
  return el(
    "div",
    { class: "finished" },
    total > open ? el("h2", {}, say("finished.title")) : null,
    el("p", { class: "lead" }, done ? say("finished.study") : lead(say, task, total, open)),
    ownNumbers(say, state),
    open ? el("p", { class: "muted" }, say("finished.others")) : null,
    unsaved ? el("p", { class: "muted" }, say("finished.unsaved")) : null,
    ...(done ? completion(say, done) : []),
    ...elsewhereList(say, state),
    ways,
  );
}

/**
 * @param {Say} say
 * @param {Emptiness} state
 */
function ownNumbers(say, { progress, active }) {
  if (!progress || progress.total <= progress.open) return null;
  const parts = [say("finished.answered", { n: progress.answered })];
  if (progress.skipped) parts.push(say("progress.skipped", { n: progress.skipped }));
  const minutes = Math.round(active / 60_000);
  if (minutes) parts.push(say("finished.active", { n: minutes }));
  return el("p", { class: "muted" }, parts.join(" · "));
}

/**
 * @param {Say} say
 * @param {string} task
 * @param {number} total
 * @param {number} open
 */
const lead = (say, task, total, open) => (total && !open ? say("finished.all", { total, task }) : say("finished.none"));

/**
 * How to say where one was invited that a study's work is done.
 * @param {Say} say
 * @param {import("../contract").Completion} completion
 */
function completion(say, { url, code }) {
  const link = { class: "primary", href: url, target: "_self", rel: "noreferrer" };
  return [
    url.startsWith("https://") ? el("p", { class: "ways" }, el("a", link, say("finished.completion"))) : null,
    code ? el("p", { class: "code" }, say("finished.code"), " ", el("code", { dir: "ltr" }, code)) : null,
  ];
}

/**
 * @param {Say} say
 * @param {Emptiness} state
 */
function elsewhereList(say, { elsewhere, locale }) {
  if (!elsewhere.length) return [];
  const rows = elsewhere.map((place, index) =>
    el(
      "li",
      {},
      el(
        "a",
        { class: "choice", href: linkTo(place), target: "_self", "aria-keyshortcuts": index ? null : "Enter" },
        el(
          "span",
          { class: "which" },
          el("bdi", {}, place.task),
          " ",
          el("bdi", { class: "muted" }, subsetTitle(place.subset, place.languages, locale)),
        ),
        el("span", { class: "muted" }, say("finished.open", { n: place.open })),
        index ? null : keycap("Enter"),
      ),
    ),
  );
  return [el("h3", {}, say("finished.elsewhere")), el("ul", { class: "elsewhere" }, ...rows)];
}
