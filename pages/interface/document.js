/**
 * Tells the browser in which language and direction the page is: Streamlit's own page is always called English.
 * @param {{data: {locale: string, dir: "ltr" | "rtl"}}} component
 */
export default function document_({ data }) {
  document.documentElement.lang = data.locale;
  document.documentElement.dir = data.dir;
}
