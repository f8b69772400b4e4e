/** Every sentence of the deck in English. A page may hand over others: `name`, or `name.one`, `name.other`. */

const ENGLISH = {
  answering: "Answering {task}",
  item: "Item to answer",
  home: "Work",
  loading: "Fetching the next items …",
  "loading.item": "This item cannot be fetched now. Go on, or come back to it later.",
  "loading.failed": "The next items cannot be fetched now. Trying again …",
  progress: "{done} of {total}",
  "progress.long": "{done} of {total} items done: {answered} answered, {skipped} skipped",
  "progress.skipped": "{n} skipped",
  "progress.today": "{n} today",

  saved: "All saved",
  "unsaved.one": "{n} answer not yet saved",
  "unsaved.other": "{n} answers not yet saved",
  "trouble.offline": "No connection.",
  "trouble.server": "The server does not answer as it should.",
  "trouble.signed-out": "You are signed out.",
  "trouble.forbidden": "The server does not let this account answer here.",
  "trouble.refused": "There is nothing to answer here.",
  "trouble.kept": "What you answered is kept in this browser and sent as soon as that is over.",
  "trouble.not-kept": "This browser cannot keep what you answered: leave this page open until all is saved.",
  "sign-in": "Sign in again",
  "refused.one": "{n} answer was not accepted",
  "refused.other": "{n} answers were not accepted",
  "refused.open": "Answer it again",
  "refused.give-up": "Leave it",

  previous: "Previous",
  next: "Next",
  undo: "Undo",
  comment: "Comment",
  "comment.label": "Comment on this item (optional)",
  skip: "Cannot judge",
  "skip.title": "Why can this not be judged?",
  "skip.unclear": "Unclear",
  "skip.wrong language": "Wrong language",
  "skip.bad item": "Bad item",
  "skip.offensive": "Offensive",
  "skip.other": "Another reason: say it in a comment",
  cancel: "Cancel",
  guidelines: "Guidelines",
  keys: "Keys",
  "keys.title": "Keys",
  close: "Close",
  done: "Done",
  "back.given": "You answered this. Answer again to change it, or go on to leave it as it is.",
  "back.skipped": "You skipped this ({reason}). Answer to change that, or go on to leave it as it is.",

  "finished.title": "Thank you",
  "finished.all": "You have been through all {total} items of {task}.",
  "finished.none": "There is nothing to answer here for you now.",
  "finished.others": "The items that are left are with other annotators now; some may come back later.",
  "finished.unsaved": "Please leave this page open until everything is saved.",
  "finished.home": "To the list of tasks",
  "finished.back": "Look over my answers",

  "key.previous": "the item before, with your answer",
  "key.next": "the next item",
  "key.undo": "take back the last step; with none left, back to the last answer",
  "key.skip": "cannot judge, then 1-5 for the reason",
  "key.comment": "write a comment; Esc when you are done",
  "key.guidelines": "show or hide the guidelines",
  "key.help": "these keys",
  "key.escape": "leave a text field, close this",

  text: "Text",
  "text.n": "Text {n}",
  "text.empty": "(empty text)",

  "sts.question": "How close in meaning are the two texts?",
  "sts.half": "+½: {value}",
  "sts.slider": "How close in meaning, from {min} to {max}",
  "sts.unset": "Move the slider, or type a number",
  "sts.outside": "The number must lie from {min} to {max}.",
  "sts.key.digit": "answer and go on",
  "sts.key.half": "first, for half a step more: . 3 is 3.5",
  "sts.key.number": "type the number, Enter to answer",

  "classification.question": "Which label fits this text?",
  "classification.filter": "Find a label",
  "classification.none": "No label matches.",
  "classification.key": "choose the label and go on",
  "classification.key.filter": "find a label, Enter takes the first",

  "reranking.query": "Query",
  "reranking.graded": "Grade each",
  "reranking.ranked": "Put in order",
  "reranking.mode": "How to answer",
  "reranking.question.graded": "How relevant is each text to the query?",
  "reranking.question.ranked": "Put the most relevant text first.",
  "reranking.left": "{n} left",
  "reranking.candidate": "Text {n}",
  "reranking.up": "Move up",
  "reranking.down": "Move down",
  "reranking.drag": "Drag to move",
  "reranking.tie": "As good as the one above",
  "reranking.place": "Place {n}",
  "reranking.key.grade": "grade the text and go to the next; the last one completes the answer",
  "reranking.key.focus": "go to another text",
  "reranking.key.move": "move the text",
  "reranking.key.tie": "as good as the one above, or not",
  "reranking.key.enter": "done",
  "reranking.key.mode": "grade each, or put in order",

  "clustering.question": "Put the texts that belong together into one group.",
  "clustering.left": "To place",
  "clustering.left.none": "All texts are placed: finish, or go on moving them.",
  "clustering.new": "New group",
  "clustering.name": "Name of group {key}",
  "clustering.default": "Group {n}",
  "clustering.count.one": "{n} text",
  "clustering.count.other": "{n} texts",
  "clustering.more": "More for {name}",
  "clustering.empty": "Take all texts out",
  "clustering.remove": "Remove the group",
  "clustering.merge": "Put them all into …",
  "clustering.drop": "Put the marked text here",
  "clustering.same-name": "Two groups have the name “{name}”. Rename one, or put them together.",
  "clustering.no-name": "A group has no name.",
  "clustering.key.group": "put the marked text into that group; the number after the last makes a new one",
  "clustering.key.new": "put the marked text into a new group",
  "clustering.key.focus": "mark another text",
  "clustering.key.out": "take the marked text out of its group",
  "clustering.key.enter": "done, once all texts are placed",
};

/**
 * @param {Record<string, string>} [others]
 * @param {string} [language]
 * @returns {import("./contract").Say}
 */
export function words(others = {}, language = "en") {
  /** @type {Record<string, string>} */
  const all = { ...ENGLISH, ...others };
  const plural = new Intl.PluralRules(language);
  return (key, values = {}) => {
    const form = "n" in values ? `${key}.${plural.select(Number(values.n))}` : key;
    const sentence = all[form] ?? all[key] ?? all[`${key}.other`] ?? key;
    return sentence.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
  };
}
