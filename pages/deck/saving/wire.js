/** The requests that the deck makes. The answers' and drafts' contents are not looked into here. */
import { midnight } from "../flow/day.js";

/** @typedef {import("../contract").Item} Item */
/** @typedef {import("../contract").Answer} Answer */
/** @typedef {import("../contract").Progress} Progress */
/** @typedef {import("../contract").Feedback} Feedback */
/**
 * @typedef {{client_id: string, item: number, state: "saved" | "duplicate" | "refused", revision: number, error: string,
 *   feedback?: Feedback | null}} Result
 */

const TIMEOUT_MS = 20_000;
/** A request of at most so many bytes may outlive its page: browsers allow 64 KiB in all. */
const KEPT_ALIVE = 30_000;

/** Why a request came to nothing. `refused`: the server understood it and will not take it, however often it is sent. */
export class WireError extends Error {
  /**
   * @param {"offline" | "signed-out" | "forbidden" | "refused" | "server"} kind
   * @param {string} message what the server said, or ""
   */
  constructor(kind, message = "") {
    super(message);
    this.kind = kind;
  }
}

export class Wire {
  /** @param {string} account whose answers these are; the server can see whether the cookie is still theirs */
  constructor(account) {
    this.account = account;
  }

  /**
   * @param {string} task
   * @param {string} subset
   * @param {number} count
   * @returns {Promise<import("../flow/supply.js").Work>}
   */
  work(task, subset, count) {
    return this.#get("/deck/work", { task, subset, count });
  }

  /**
   * @param {number} item
   * @returns {Promise<Item>}
   */
  item(item) {
    return this.#get("/deck/item", { item });
  }

  /**
   * @param {string} task
   * @param {string} subset
   * @returns {Promise<{items: {id: number, status: string, answered_at: string}[]}>}
   */
  answered(task, subset) {
    return this.#get("/deck/answered", { task, subset });
  }

  /**
   * Other subsets that have something to answer.
   * @param {string} task
   * @param {string} subset
   * @returns {Promise<{subsets: import("../contract").Elsewhere[]}>}
   */
  elsewhere(task, subset) {
    return this.#get("/deck/elsewhere", { task, subset });
  }

  /**
   * @param {Answer[]} answers
   * @returns {Promise<{results: Result[], progress: Progress}>}
   */
  answers(answers) {
    return this.#post("/deck/answers", { answers });
  }

  /**
   * @param {number} item
   * @param {import("../contract").Draft} draft
   */
  draft(item, draft) {
    return this.#post("/deck/draft", { item, draft });
  }

  /**
   * @param {string} path
   * @param {Record<string, string | number>} query
   */
  #get(path, query) {
    const search = new URLSearchParams(Object.entries(query).map(([key, value]) => [key, String(value)]));
    return this.#ask(`${path}?${search}`, {});
  }

  /**
   * @param {string} path
   * @param {object} body
   */
  #post(path, body) {
    const text = JSON.stringify(body);
    const headers = { "Content-Type": "application/json" };
    return this.#ask(path, { method: "POST", headers, body: text, keepalive: text.length < KEPT_ALIVE });
  }

  /**
   * @param {string} url
   * @param {RequestInit} options
   */
  async #ask(url, options) {
    const own = { "Hume-Account": encodeURIComponent(this.account), "Hume-Midnight": midnight() };
    const headers = { ...options.headers, ...own };
    let response;
    let body = null;
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      response = await fetch(url, { ...options, headers, signal, cache: "no-store", credentials: "same-origin" });
      body = await json(response);
    } catch {
      throw new WireError("offline");
    }
    if (response.status === 204 || (response.ok && body)) return body;
    throw new WireError(kindOf(response.status, body), body?.error ?? "");
  }
}

/** @param {Response} response */
async function json(response) {
  const isJson = response.headers.get("Content-Type")?.includes("application/json");
  return isJson ? response.json() : (await response.text(), null);
}

/**
 * A page of some proxy's is nobody's judgment of an answer: without HUME's own word an error is the server's.
 * @param {number} status
 * @param {any} body
 */
function kindOf(status, body) {
  if (status === 401) return "signed-out";
  if (status === 403) return "forbidden";
  return status >= 400 && status < 500 && status !== 429 && body?.error ? "refused" : "server";
}
