/** The annotator's way through the items: the current one is drawn, answered, and followed by the next. */
import { Address, addressed } from "./address.js";
import { Clock } from "./clock.js";
import { Dialogs } from "../screen/dialogs.js";
import { el, reveal } from "../dom.js";
import { Drafts } from "../saving/drafts.js";
import { emptyScreen, isFinished, linkTo } from "../screen/finished.js";
import { Guidelines } from "../screen/guidelines.js";
import { Lesson } from "./lesson.js";
import { Recollection } from "./recollection.js";
import { Outbox } from "../saving/outbox.js";
import { Screen } from "../screen/screen.js";
import { Sheet } from "./sheet.js";
import { Slips } from "../keys/slips.js";
import { Standing, saysTheSame } from "./standing.js";
import { Supply } from "./supply.js";
import { Trail } from "./trail.js";
import { uuid } from "../saving/uuid.js";
import { Wire } from "../saving/wire.js";

/** @typedef {import("../contract").Status} Status */
/** @typedef {import("./trail.js").Entry} Entry */

export class Answering {
  /** @type {Record<string, any> | null} */
  #task = null;
  /**
   * What is left in other subsets, once this one is finished; null: not asked yet.
   * @type {import("../contract").Elsewhere[] | null}
   */
  #elsewhere = null;
  /** Of a participant who has done what the study asks. @type {import("../contract").Completion | null} */
  #completion = null;
  #isStranger = false;
  #isOver = false;
  /** The item that was answered in another tab while it was on the screen here. @type {number | null} */
  #answeredTwice = null;
  #saidFinished = false;
  /** What was drawn last: drawn again, it stays where it was scrolled to. @type {Entry | null} */
  #drawn = null;

  /**
   * @param {import("../contract").DeckData} data
   * @param {Record<string, import("../contract").Form>} forms
   * @param {import("../contract").Say} say
   */
  constructor(data, forms, say) {
    this.data = data;
    this.forms = forms;
    this.say = say;
    this.trail = new Trail();
    this.clock = new Clock();
    this.wire = new Wire(data.account);
    this.drafts = new Drafts(this.wire);
    this.lesson = new Lesson(say);
    const screen = (this.screen = new Screen(say, data, {
      back: () => this.back(),
      forward: () => this.forward(),
      undo: () => this.undo(),
      remark: () => this.sheet.keep(),
      skip: () => this.skip(),
      pause: () => this.pause(),
      guidelines: () => this.guidelines.toggle(),
      help: () => this.help(),
      goal: () => this.setGoal(),
    }));
    this.slips = new Slips();
    this.slips.watch(screen.root);
    this.guidelines = new Guidelines(screen, say);
    this.dialogs = new Dialogs(screen.root, say, () => this.slips.renew());
    this.sheet = new Sheet({
      screen,
      clock: this.clock,
      drafts: this.drafts,
      forms,
      say,
      onComplete: (payload) => this.#answer("given", payload, ""),
    });
    const outbox = (this.outbox = new Outbox(this.wire, {
      onChange: () => this.#sendingChanged(),
      onSaved: (parcels, progress, results) => this.#saved(parcels, progress, results),
    }));
    this.standing = new Standing(data, { say, screen, outbox, openItem: (id) => this.#move(() => this.trail.go(id)) });
    this.supply = new Supply((count) => this.#ask(count), {
      held: () => this.trail.ahead.length,
      unsaved: () => outbox.unsaved.filter((parcel) => parcel.isFirst).length,
      take: (work) => this.#take(work),
      onTrouble: () => {
        if (!this.#task) screen.setSubset(data.subset, []);
        return this.trail.current ? this.#showStanding() : this.draw();
      },
    });
    this.recollection = new Recollection({
      data,
      wire: this.wire,
      trail: this.trail,
      isUnsaved: (id) => outbox.unsaved.some((parcel) => parcel.answer.item === id),
      onChange: () => this.draw(),
      onRecalled: () => this.#showPlace(),
      onStranger: () => this.#dismissStranger(),
    });
    this.address = new Address((id) => this.#goByAddress(id));
  }

  /** Begins with what was not yet sent: an item that it answers is not asked again. */
  async start() {
    await this.outbox.recall();
    if (this.#isOver) return;
    this.trail.remember(this.standing.unsaved.map((parcel) => parcel.answer.item));
    const asked = addressed();
    if (asked !== null) this.trail.go(asked);
    this.draw();
    this.supply.fill();
    this.outbox.send();
  }

  destroy() {
    this.#isOver = true;
    this.sheet.clear();
    const { clock, drafts, outbox, supply, recollection, address } = this;
    for (const part of [clock, drafts, outbox, supply, recollection, address, this.screen.announcer]) part.destroy();
  }

  back() {
    this.#move(() => this.trail.back());
  }

  forward() {
    this.#move(() => this.trail.forward());
  }

  /** Takes back the last change of this item; where there is none, goes back to the last answer. */
  undo() {
    if (this.sheet.undo(this.trail.current)) this.draw();
    else this.back();
  }

  /** Somebody waits for items: what is to be tried again is tried now. */
  nudge() {
    this.outbox.patience.nudge();
    this.supply.patience.nudge();
  }

  /** Asks why the item cannot be judged. */
  skip() {
    if (this.sheet.form) this.dialogs.skip((reason) => this.#answer("skipped", null, reason));
  }

  /** Says how sure one is of the answer to come. */
  sure() {
    if (this.sheet.form) this.screen.confidence.next();
  }

  /** The clock stands still and the item is out of sight until the next key or tap, which does nothing else. */
  pause() {
    if (!this.sheet.form) return;
    this.clock.pause();
    this.dialogs.pause(() => this.clock.resume());
  }

  setGoal() {
    const { day } = this.standing;
    this.dialogs.goal(day.goal, (goal) => {
      day.goal = goal;
      this.#showStanding();
    });
  }

  help() {
    const form = this.#task && this.forms[this.#task.task_type];
    this.dialogs.help(form ? form.help(this.#task?.settings ?? {}, this.say) : [], this.data.dir === "rtl");
  }

  /** Leaves a practice item, once it was told what its answer was worth. */
  endLesson() {
    if (!this.lesson.isRead) return;
    this.#passLesson();
    this.draw();
    this.supply.fill(true);
  }

  /** With nothing left here: to the first of the subsets that have something left. */
  goElsewhere() {
    const [first] = this.#elsewhere ?? [];
    if (first && !this.trail.current && this.slips.isOld) location.assign(linkTo(first));
    return Boolean(first);
  }

  /** Another tab has answered an item: it is not asked again here. */
  answeredElsewhere(/** @type {StorageEvent} */ event) {
    const parcel = this.outbox.shelf.fromElsewhere(event);
    if (!parcel) return;
    this.trail.answeredElsewhere(parcel.answer.item);
    if (this.trail.current?.id !== parcel.answer.item) return;
    this.#answeredTwice = parcel.answer.item;
    this.#showLesson();
  }

  /** Puts the current item on the screen, or says why there is none. Within the frame of the key press. */
  draw() {
    const entry = this.trail.current;
    this.sheet.clear();
    this.slips.renew();
    if (entry?.item && this.#task) {
      this.sheet.show(entry, this.#task, this.standing.given(entry), entry === this.lesson.entry);
      this.#elsewhere = null;
    } else if (entry && !entry.item) this.#fetch(entry);
    else this.screen.form.append(this.#nothing());
    this.#saidFinished = this.#isFinished;
    this.#showLesson();
    this.#showPlace();
    this.#showStanding();
    this.#announce();
    if (entry) this.address.show(entry.id);
    else if (this.#isFinished) this.address.show(null);
    if (this.sheet.form) this.screen.focusItem();
    if (this.sheet.form && entry !== this.#drawn) this.screen.showBeginning();
    if (this.sheet.isResumed && entry !== this.#drawn) this.sheet.form?.reveal?.();
    this.#drawn = this.sheet.form ? entry : null;
  }

  /**
   * @param {Status} status
   * @param {any} payload
   * @param {string} reason
   */
  #answer(status, payload, reason) {
    const entry = this.trail.current;
    if (!entry?.item || entry === this.lesson.entry) return;
    const answer = {
      client_id: uuid(),
      item: entry.id,
      status,
      payload,
      reason,
      comment: this.sheet.comment,
      confidence: this.sheet.confidence,
      milliseconds: this.clock.read(),
      order_shown: entry.item.order ?? [],
    };
    const before = this.standing.accepted(entry);
    this.sheet.clear();
    this.drafts.drop(entry.id);
    this.lesson.isOver = this.#isStranger = false;
    if (before && this.trail.lookingBack && !entry.steps.length && saysTheSame(before, answer)) {
      Object.assign(entry, { held: null, milliseconds: 0 });
      this.trail.forward();
    } else this.#send(entry, answer, !before);
    this.guidelines.afterAnswer();
    this.draw();
    this.supply.used();
  }

  /**
   * @param {Entry} entry
   * @param {import("../contract").Answer} answer
   * @param {boolean} isFirst
   */
  #send(entry, answer, isFirst) {
    this.standing.spent(answer);
    if (entry.item?.training) {
      Object.assign(entry, { answer, held: null, steps: [], milliseconds: 0 });
      this.lesson.begin(entry, answer.client_id);
    } else this.trail.answered(answer);
    this.outbox.add(this.data.task, this.data.subset, answer, isFirst && !entry.item?.training);
  }

  /** @param {() => void} step */
  #move(step) {
    this.sheet.clear();
    this.#isStranger = false;
    if (this.lesson.entry) this.#passLesson();
    step();
    this.draw();
    if (!this.trail.current) this.supply.fill(true);
    else if (this.trail.lookingBack) this.recollection.freshen();
  }

  /** The browser's own buttons: to the item of the address; null: to where one was last. @param {number | null} id */
  #goByAddress(id) {
    this.#move(() => this.trail.go(id));
  }

  #passLesson() {
    const answer = this.lesson.entry?.answer;
    this.lesson.end();
    if (answer) this.trail.answered(answer);
  }

  #dismissStranger() {
    this.trail.dismiss();
    this.#isStranger = true;
    this.address.replaceNext();
    this.draw();
  }

  /** @param {Entry} entry */
  async #fetch(entry) {
    const message = el("p", { class: "waiting" }, this.say("loading"));
    this.screen.form.append(message);
    if (!(await this.recollection.fetch(entry))) message.textContent = this.say("loading.item");
  }

  /** @param {number} count */
  async #ask(count) {
    const mark = this.standing.mark;
    const work = await this.wire.work(this.data.task, this.data.subset, count);
    this.standing.hear(work.progress, mark);
    return work;
  }

  /** @param {import("./supply.js").Work} work */
  #take(work) {
    const waiting = !this.trail.current?.item || !this.#task;
    if (!this.#task) {
      const { progress } = this.standing;
      this.#task = work.task;
      this.screen.setSubset(this.data.subset, work.task.languages ?? []);
      this.guidelines.introduce(work.task.guidelines ?? "", !progress?.answered && !progress?.skipped);
    }
    this.#completion = work.completion ?? null;
    this.lesson.hear(work.training);
    this.recollection.recall();
    this.#connected();
    const fresh = this.trail.arrive(work.items);
    this.supply.exhausted = !fresh;
    if (waiting) this.draw();
    else this.#showStanding();
    return fresh;
  }

  /**
   * @param {import("../saving/outbox.js").Parcel[]} parcels
   * @param {import("../contract").Progress} progress
   * @param {import("../saving/wire.js").Result[]} results
   */
  #saved(parcels, progress, results) {
    this.standing.acknowledged(parcels, progress);
    for (const { item, revision } of results) {
      const entry = this.trail.find(item);
      if (entry) entry.revision = Math.max(entry.revision, revision);
    }
    this.#connected();
    if (this.lesson.told(results)) this.#told();
    else if (!this.trail.current) this.#askOnceMore();
  }

  /** With the last answer saved, items may be there that were not before. */
  #askOnceMore() {
    this.supply.exhausted = false;
    this.supply.fill(true);
  }

  /** A practice item's answer was looked at: the next items are fetched while the annotator reads what was said. */
  #told() {
    this.#showLesson();
    reveal(this.screen.lesson);
    if (this.trail.ahead.length < 2) this.supply.fill(true);
  }

  #sendingChanged() {
    if (this.lesson.entry && this.lesson.isAmong(this.outbox.refused)) {
      this.lesson.end();
      this.draw();
    } else if (this.#task && !this.trail.current && this.#isFinished !== this.#saidFinished) {
      this.draw();
    } else {
      this.#showLesson();
      this.#showStanding();
    }
  }

  /** The server has answered: what waits to be tried again need not wait longer. */
  #connected() {
    for (const { patience } of [this.outbox, this.supply, this.drafts]) patience.now();
  }

  get #emptiness() {
    const { exhausted, trouble } = this.supply;
    const { unsaved, trouble: cut } = this.outbox;
    return { exhausted, trouble, progress: this.standing.progress, unsaved: unsaved.length, isCut: cut !== null };
  }

  get #isFinished() {
    return !this.trail.current && isFinished(this.#emptiness);
  }

  #nothing() {
    if (this.#isFinished && this.#elsewhere === null) this.#askElsewhere();
    return emptyScreen(this.say, {
      ...this.data,
      ...this.#emptiness,
      active: this.standing.day.active,
      elsewhere: this.#elsewhere ?? [],
      completion: this.#completion,
      back: this.trail.canGoBack ? () => this.back() : null,
    });
  }

  async #askElsewhere() {
    this.#elsewhere = [];
    try {
      this.#elsewhere = (await this.wire.elsewhere(this.data.task, this.data.subset)).subsets;
      if (this.#isFinished) this.draw();
    } catch {
      this.#elsewhere = null; // the list of tasks is one click away
    }
  }

  #showLesson() {
    const entry = this.trail.current;
    const isShown = entry?.item && this.#task;
    const around = {
      settings: this.#task?.settings ?? {},
      trouble: this.outbox?.trouble !== null,
      goOn: () => this.endLesson(),
    };
    const panel = isShown ? this.lesson.panel(entry, around) : null;
    const stranger = this.#isStranger ? this.say("item.foreign") : "";
    const twice = entry && entry.id === this.#answeredTwice ? this.say("item.twice") : "";
    this.screen.setLesson(panel);
    this.screen.setBanner(stranger || twice || (isShown ? this.lesson.title(entry) : ""));
  }

  #showPlace() {
    const { current, canGoBack, lookingBack } = this.trail;
    const isSettled = current !== null && current === this.lesson.entry;
    const given = current && lookingBack && !isSettled ? this.standing.given(current) : null;
    const reason = given?.reason ? this.say(`skip.${given.reason}`) : "";
    this.screen.setPlace({
      text: !given ? "" : this.say(given.status === "skipped" ? "back.skipped" : "back.given", { reason }),
      canGoBack: canGoBack && !isSettled,
      canGoForward: lookingBack && !isSettled,
      canUndo: !isSettled && (canGoBack || Boolean(current?.steps.length)),
      canAnswer: this.sheet.form !== null && !isSettled,
    });
  }

  #showStanding() {
    const { trouble } = this.supply;
    this.standing?.show(trouble && (!this.trail.current || trouble.kind !== "offline") ? trouble : null);
  }

  /** What stands above the item says itself; its texts are read by whoever wants to, from where the focus is. */
  #announce() {
    const { announcer } = this.screen;
    if (this.#isFinished) return announcer.say(this.say("item.none"));
    if (!this.sheet.form || this.trail.lookingBack || this.trail.current?.item?.training) return announcer.say("");
    const { answered = 0, skipped = 0, total = 0 } = this.standing.progress ?? {};
    return announcer.say(this.say("item.place", { place: answered + skipped + 1, total }));
  }
}
