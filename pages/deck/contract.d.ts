// What the deck, its forms and the server say to each other. Read by editors and `tsc --checkJs`; never loaded.

export type Json = any;

export interface Content {
  text: string;
}

/** What a rater answers at once; `order` has the ids of its parts in the order to show them, [] where fixed. */
export interface Item {
  id: number;
  content: Record<string, Json>;
  order: string[];
  draft: Draft | null;
  /** To practise on: what is answered is told to be right or not, and counts in no figure. */
  training?: boolean;
  /** Of a practice item that was answered. */
  feedback?: Feedback | null;
  /** The latest revision, where the server was asked for an item that was answered. */
  answer?: Given | null;
  /** Where it belongs, where the server was asked for this one item. */
  task?: string;
  subset?: string;
}

/** What was answered before, as the server tells it. */
export interface Given {
  client_id?: string;
  revision?: number;
  status: Status;
  payload: Json;
  reason: string;
  comment: string;
  confidence?: number | null;
}

/** What the server says of an answer to a practice item; `right` is null where nobody knows. */
export interface Feedback {
  right: boolean | null;
  expected: Json | null;
}

/** Practice items of the subset: answered by this annotator, and in all. */
export interface Training {
  done: number;
  total: number;
}

/** Another subset with items to answer. */
export interface Elsewhere {
  task: string;
  subset: string;
  task_type: string;
  languages: string[];
  open: number;
}

/** How a participant of a study tells the platform that sent them that all is done; either may be "". */
export interface Completion {
  /** https: */
  url: string;
  code: string;
}

export type Status = "given" | "skipped";

/** Unfinished work: what the form holds, and what the deck keeps beside it. */
export interface Draft {
  answer: Json;
  comment: string;
  confidence?: number | null;
  milliseconds: number;
  /** When it was last changed, milliseconds since 1970 by the browser's clock; 0 or none: never. The newest wins. */
  at?: number;
}

/** One revision of an answer, as it is posted. */
export interface Answer {
  client_id: string;
  item: number;
  status: Status;
  payload: Json;
  reason: string;
  comment: string;
  confidence: number | null;
  milliseconds: number;
  order_shown: string[];
}

export interface Progress {
  total: number;
  answered: number;
  skipped: number;
  open: number;
  today: number;
  /** Median active milliseconds of one's latest answers given here; null where there are too few. */
  pace_ms?: number | null;
}

/** What the page hands to the deck. */
export interface DeckData {
  account: string;
  task: string;
  subset: string;
  home: string;
  /** The interface's language, BCP 47; English where there is none. */
  locale?: string;
  /** In which direction the interface is read. */
  dir?: "ltr" | "rtl";
  words?: Record<string, string>;
}

/** Says a sentence of the interface in the annotator's language. */
export type Say = (key: string, values?: Record<string, string | number>) => string;

export interface FormContext {
  content: Record<string, Json>;
  order: string[];
  settings: Record<string, Json>;
  /** What this form gave to `onChange` or `onComplete` before: a payload is always a valid draft. */
  draft: Json | null;
  /** Codes of the subset's languages, such as `ara-Arab`. */
  languages: string[];
  say: Say;
  /** Tells screen readers what has changed; the last of what is said at once is read. */
  announce(text: string): void;
  /** To be called after every change, with all that `draft()` would give. */
  onChange(draft: Json): void;
  /** To be called once the answer is complete, with the payload. */
  onComplete(payload: Json): void;
}

export interface MountedForm {
  /** Handles a key press that is meant for the form; true if it was one. Repeats never arrive here. */
  key(event: KeyboardEvent): boolean;
  draft(): Json;
  /** Brings into sight where the draft left off: the marked card, where the form has cards. */
  reveal?(): void;
  destroy(): void;
}

/** A module of forms/. */
export interface Form {
  mount(root: HTMLElement, context: FormContext): MountedForm;
  /** Keys and what they do, for the help. */
  help(settings: Record<string, Json>, say: Say): [string, string][];
}
