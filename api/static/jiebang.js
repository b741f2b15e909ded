// What the pages gain by a script. Each of them works without.

// -- what is typed is kept in this browser until it has been taken -----------------------------------

const person = document.body.dataset.person || "";
const PREFIX = "jiebang:typed:";
const SENT = "jiebang:sent";

function slot(form) {
  return `${PREFIX}${person}:${form.dataset.keep}`;
}

function typed(form) {
  return [...new FormData(form).entries()].filter(([name, value]) => !name.startsWith("_") && typeof value === "string");
}

function passwords(form) {
  return form.querySelector("input[type=password]");
}

function store(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch { /* no room, or no permission: the page works on */ }
}

function stored(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function fill(form, entries) {
  const byName = new Map();
  for (const [name, value] of entries) byName.set(name, [...(byName.get(name) || []), value]);
  for (const field of form.elements) {
    if (!field.name || field.name.startsWith("_") || field.type === "file" || field.type === "hidden") continue;
    const values = byName.get(field.name) || [];
    if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
    else if (values.length) field.value = values[0];
  }
}

function offerBack(form, entries) {
  const before = typed(form);
  fill(form, entries);
  const note = document.createElement("p");
  note.className = "kept";
  note.setAttribute("role", "status");
  note.append(document.body.dataset.kept, " ");
  const discard = document.createElement("button");
  discard.type = "button";
  discard.className = "link";
  discard.textContent = document.body.dataset.discard;
  discard.addEventListener("click", () => {
    fill(form, before);
    store(slot(form), null);
    note.remove();
  });
  note.append(discard);
  form.prepend(note);
}

function keep(form) {
  if (passwords(form)) return;
  const kept = stored(slot(form));
  if (kept && !("refused" in form.dataset)) {
    const entries = JSON.parse(kept);
    if (JSON.stringify(entries) !== JSON.stringify(typed(form))) offerBack(form, entries);
  }
  const save = () => store(slot(form), JSON.stringify(typed(form)));
  form.addEventListener("input", save);
  form.addEventListener("change", save);
  form.addEventListener("submit", (event) => {
    if (event.submitter && "rows" in event.submitter.dataset) return;
    save();
    store(SENT, slot(form));
  });
}

function forgetWhatWasTaken() {
  const sent = stored(SENT);
  if (!sent) return;
  const refused = [...document.querySelectorAll("form[data-keep][data-refused]")].some((form) => slot(form) === sent);
  const problem = "problem" in document.body.dataset || document.querySelector("input[name=held]");
  if (!problem && !refused) store(sent, null);
  if (!problem) store(SENT, null);
}

forgetWhatWasTaken();
document.querySelectorAll("form[data-keep]").forEach(keep);

document.querySelectorAll("form[data-forget]").forEach((form) =>
  form.addEventListener("submit", () => {
    for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) store(name, null);
  }),
);

// -- nothing is sent twice --------------------------------------------------------------------------

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.busy) {
    event.preventDefault();
    return;
  }
  if ((form.getAttribute("method") || "get").toLowerCase() !== "post" || form.hasAttribute("hx-post")) return;
  if (event.submitter && "file" in event.submitter.dataset) return; // the answer is a file: the page stays
  form.dataset.busy = "1";
  setTimeout(() => {
    for (const button of form.querySelectorAll("button[type=submit]")) button.setAttribute("aria-busy", "true");
  }, 300);
});

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-busy]")) {
    delete form.dataset.busy;
    form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  }
});

// -- small helps ------------------------------------------------------------------------------------

const faults = document.querySelector(".faults");
if (faults) faults.focus();

document.querySelectorAll("select[data-go], input[data-go]").forEach((field) =>
  field.addEventListener("change", () => field.form.requestSubmit()),
);

document.querySelectorAll("button[data-confirm]").forEach((button) =>
  button.addEventListener("click", (event) => {
    if (!window.confirm(button.dataset.confirm)) event.preventDefault();
  }),
);

// What is saved by itself says when it was not.
for (const name of ["htmx:error", "htmx:timeout"]) {
  document.addEventListener(name, () => {
    const saved = document.querySelector("#saved");
    if (saved) saved.textContent = document.body.dataset.unsaved;
  });
}

// -- decided by a key, unless somebody who dictates or reaches keys by chance turns that off ---------

const KEYS = "jiebang:keys";
const byKeys = document.querySelector("input[data-keys]");
if (byKeys) {
  byKeys.checked = stored(KEYS) !== "off";
  byKeys.closest("[hidden]").hidden = false;
  byKeys.addEventListener("change", () => store(KEYS, byKeys.checked ? null : "off"));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input, textarea, select") || (byKeys && !byKeys.checked)) return;
  const button = document.querySelector(`button[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (button) {
    event.preventDefault();
    button.click();
  }
});
