// Mounts the deck as Streamlit does: in a shadow root with its style sheet, the module called with `data`.
import deck from "/deck/deck.js";

const asked = new URLSearchParams(location.search);
document.documentElement.classList.toggle("dark", asked.get("theme") === "dark");
const root = document.getElementById("deck").attachShadow({ mode: "open" });
const style = document.createElement("link");
style.rel = "stylesheet";
style.href = "/deck/deck.css";
root.append(style);
const data = { account: asked.get("account") ?? "ann", task: asked.get("task"), subset: asked.get("subset") ?? "eng", home: "/list" };
for (const name of ["locale", "dir"]) if (asked.get(name)) data[name] = asked.get(name);
const mount = () => deck({ parentElement: root, data });
mount();
window.mountAgain = mount; // Streamlit does so when its theme changes
