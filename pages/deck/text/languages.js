/** Languages by the names that people know them by, and the direction of what is written in them. */

/**
 * The name of a language (`ara-Arab` is Arabic), with its script only where that is not the usual one (Traditional
 * Chinese); "" where the code is none that the browser knows.
 * @param {string} code
 * @param {string} interfaceLanguage
 */
function nameOf(code, interfaceLanguage) {
  try {
    const { language, script } = new Intl.Locale(code);
    const usual = new Intl.Locale(language).maximize().script;
    const tag = script && usual && script !== usual ? `${language}-${script}` : language;
    return new Intl.DisplayNames(interfaceLanguage, { type: "language", fallback: "none" }).of(tag) ?? "";
  } catch {
    return "";
  }
}

/**
 * A subset as its annotators know it: its languages, and its own name where that says more (not `default` or `ara`).
 * @param {string} subset
 * @param {string[]} languages
 * @param {string} [interfaceLanguage]
 */
export function subsetTitle(subset, languages, interfaceLanguage = "en") {
  const names = languages.map((code) => nameOf(code, interfaceLanguage));
  if (!names.length || names.includes("")) return subset;
  const told = new Intl.ListFormat(interfaceLanguage).format(names);
  const saysMore = subset !== "default" && !languages.some((code) => code.startsWith(subset)) && subset !== told;
  return saysMore ? `${told} · ${subset}` : told;
}

/**
 * In which direction to lay out a row of texts that are read together, so that all begin at the same edge: that of
 * the first letter that has one. (`dir="auto"` would go by the key beside the text.)
 * @param {string[]} texts
 * @returns {"ltr" | "rtl"}
 */
export function directionOf(texts) {
  const first = /\p{L}/u.exec(texts.join(" "))?.[0] ?? "";
  return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(first) ? "rtl" : "ltr";
}

/** What Intl said of a code, which it says slowly. @type {Map<string, string>} */
const tags = new Map();

/**
 * The BCP 47 tag of a language code (`ara-Arab` is `ar`), or "" for one that the browser does not know.
 * @param {string} code
 */
function tag(code) {
  const known = tags.get(code);
  if (known !== undefined) return known;
  let found = "";
  try {
    found = new Intl.Locale(code).minimize().toString();
  } catch {
    // a code that the browser does not know
  }
  tags.set(code, found);
  return found;
}

/** Scripts that a language's writing consists of, where they are called otherwise. @type {Record<string, string[]>} */
const PARTS = { Hans: ["Hani"], Hant: ["Hani"], Jpan: ["Hira", "Kana", "Hani"], Kore: ["Hang"] };

/**
 * How many of these letters belong to a language's script.
 * @param {string[]} letters
 * @param {string} code
 */
function written(letters, code) {
  try {
    const script = new Intl.Locale(code).maximize().script ?? "";
    const scripts = (PARTS[script] ?? [script]).map((name) => `\\p{Script=${name}}`).join("");
    const pattern = new RegExp(`[${scripts}]`, "u");
    return letters.filter((letter) => pattern.test(letter)).length;
  } catch {
    return 0;
  }
}

/**
 * The BCP 47 tag of the language that a text is in. Of several languages it is the one whose script most of the
 * text's first letters belong to; "" where that is none, or more than one.
 * @param {string} text
 * @param {string[]} languages
 */
export function languageOf(text, languages) {
  if (languages.length < 2) return languages.length ? tag(languages[0]) : "";
  const letters = (text.slice(0, 1000).match(/\p{L}/gu) ?? []).slice(0, 200);
  const fitting = languages.filter((code) => written(letters, code) > letters.length / 2);
  return fitting.length === 1 ? tag(fitting[0]) : "";
}
