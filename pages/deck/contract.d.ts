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
  /** The latest revision, where the server was asked for an item that was answered. */
  answer?: { client_id?: string; status: Status; payload: Json; reason: string; comment: string } | null;
}

export type Status = "given" | "skipped";

/** Unfinished work: what the form holds, and what the deck keeps beside it. */
export interface Draft {
  answer: Json;
  comment: string;
  milliseconds: number;
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
}

/** What the page hands to the deck. */
export interface DeckData {
  account: string;
  task: string;
  subset: string;
  home: string;
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
  /** BCP 47, such as `ar`; "" where the subset has several languages. */
  lang: string;
  say: Say;
  /** To be called after every change, with all that `draft()` would give. */
  onChange(draft: Json): void;
  /** To be called once the answer is complete, with the payload. */
  onComplete(payload: Json): void;
}

export interface MountedForm {
  /** Handles a key press that is meant for the form; true if it was one. Repeats never arrive here. */
  key(event: KeyboardEvent): boolean;
  draft(): Json;
  destroy(): void;
}

/** A module of forms/. */
export interface Form {
  mount(root: HTMLElement, context: FormContext): MountedForm;
  /** Keys and what they do, for the help. */
  help(settings: Record<string, Json>, say: Say): [string, string][];
}
