// Behaviour of the shell. Everything here improves pages that already work as plain links and forms.
import "{{chart.js}}";

const root = document.documentElement;
root.classList.add("js");
const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
const typing = (target) => target.closest?.("input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]");

// ---------------------------------------------------------------- theme and density
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-preference]");
  if (!form) return;
  event.preventDefault();
  const data = new FormData(form, event.submitter);
  for (const name of ["theme", "density"]) {
    if (!data.has(name)) continue;
    const value = data.get(name);
    if (value === "system" || value === "dense") delete root.dataset[name];
    else root.dataset[name] = value;
    for (const button of $$(`form[data-preference] button[name="${name}"]`)) button.setAttribute("aria-pressed", String(button.value === value));
  }
  fetch(form.action, { method: "POST", body: new URLSearchParams(data), keepalive: true, redirect: "manual" });
});

// ---------------------------------------------------------------- what cannot be taken back is asked for twice
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm;
  if (!question || window.confirm(question)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });
// A second press of the same button while the first is under way sends nothing twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.matches("[data-preference], [data-autosubmit]")) return;
  const now = Date.now();
  if (now - Number(form.dataset.sent ?? 0) < 1500) {
    event.preventDefault();
    event.stopImmediatePropagation();
  } else form.dataset.sent = now;
}, { capture: true });

// ---------------------------------------------------------------- dialogs
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog-open]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.dialogOpen);
    if (dialog) {
      event.preventDefault();
      opener.closest("[popover]")?.hidePopover();
      open(dialog);
    }
  }
  if (event.target.closest("[data-dialog-close]")) {
    const dialog = event.target.closest("dialog");
    if (dialog) {
      event.preventDefault();
      dialog.close();
    }
  }
  if (event.target.matches?.("dialog:modal")) event.target.close(); // a click on the backdrop
  if (event.target.closest("[data-dismiss]")) event.target.closest(".toast, .notice")?.remove();
  if (event.target.closest("[data-print]")) window.print();
  const copy = event.target.closest("[data-copy]");
  if (copy) navigator.clipboard.writeText(copy.dataset.copy).then(() => toast("good", "Copied."), () => toast("bad", "The browser did not allow copying."));
  for (const menu of $$("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

function open(dialog) {
  if (!dialog.open) dialog.showModal();
  if (dialog.id === "palette") {
    const input = $("input", dialog);
    input.select();
    if (!$(".result", dialog)) input.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

// ---------------------------------------------------------------- drawer: modal while open, its address when closed
function raiseDrawer() {
  const drawer = $("dialog.drawer[open]");
  if (!drawer || drawer.matches(":modal")) return;
  drawer.removeAttribute("open"); // close() would announce itself later and take the panel away
  drawer.showModal();
  $("#drawer-title", drawer).focus({ preventScroll: true }); // the page behind stays where it was
  drawer.addEventListener("close", () => {
    if (drawer.dataset.closeHref) history.pushState(null, "", drawer.dataset.closeHref);
    const opened = drawer.dataset.openedBy;
    drawer.remove();
    mark();
    if (opened) $(`[data-row="${CSS.escape(opened)}"] .row-link`)?.focus();
  }, { once: true });
  mark(drawer.dataset.openedBy);
}
function mark(row) {
  for (const one of $$("tr[aria-current]")) one.removeAttribute("aria-current");
  if (row) $(`tr[data-row="${CSS.escape(row)}"]`)?.setAttribute("aria-current", "true");
}

// ---------------------------------------------------------------- forms that send themselves
let pending;
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-autosubmit]");
  if (form) {
    clearTimeout(pending);
    pending = setTimeout(() => form.isConnected && form.requestSubmit(), event.target.matches("[type=search], [type=text], [type=number], [type=range]") ? 280 : 0);
  }
  if (event.target.matches(".range input")) {
    const range = event.target;
    const value = Number(range.value) * Number(range.dataset.scale ?? 1);
    range.closest(".range").querySelector("output").value = (range.dataset.prefix ?? "") + value.toLocaleString("en-US", { maximumFractionDigits: 2 }) + (range.dataset.suffix ?? "");
  }
});
for (const type of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(type, (event) => event.target.closest?.(".dropzone")?.classList.toggle("over", type === "dragover"));
}

// ---------------------------------------------------------------- toasts
function toast(tone, text) {
  const box = $("#toasts");
  const template = $("#toast-template");
  if (!box || !template || !text) return;
  const item = template.content.firstElementChild.cloneNode(true);
  item.classList.add(tone);
  $("[data-text]", item).textContent = text;
  box.append(item);
  retire(item);
}
function retire(item) {
  if (!item.classList.contains("bad")) setTimeout(() => item.remove(), 7000);
}
document.addEventListener("toast", (event) => toast(event.detail.tone ?? "info", event.detail.text ?? event.detail.value));
document.addEventListener("htmx:error", (event) => {
  if (event.detail?.ctx?.response) return; // the server's own message is shown
  toast("bad", "The hub did not answer. Check that it is running, then try again.");
});

// ---------------------------------------------------------------- command palette
const palette = () => document.getElementById("palette");
function choose(index) {
  const results = $$("#palette .result");
  if (!results.length) return;
  const at = (index + results.length) % results.length;
  results.forEach((result, each) => result.setAttribute("aria-selected", String(each === at)));
  results[at].scrollIntoView({ block: "nearest" });
  $("#palette input").setAttribute("aria-activedescendant", results[at].id);
}
document.addEventListener("keydown", (event) => {
  if (!event.target.closest?.("#palette")) return;
  const results = $$("#palette .result");
  const at = results.findIndex((result) => result.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    choose(at + (event.key === "ArrowDown" ? 1 : -1));
  } else if (event.key === "Enter" && results[at]) {
    event.preventDefault();
    results[at].click();
  }
});

// ---------------------------------------------------------------- keyboard
let leader = 0;
document.addEventListener("keydown", (event) => {
  if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
    const dialog = palette();
    if (dialog) {
      event.preventDefault();
      open(dialog);
    }
    return;
  }
  if (event.key === "Escape") for (const menu of $$("details.menu[open]")) {
    menu.open = false;
    $("summary", menu).focus();
  }
  if (event.metaKey || event.ctrlKey || event.altKey || typing(event.target) || $("dialog:modal:not(.drawer)")) return;
  const link = $(`[data-key="${CSS.escape(event.key)}"]`);
  if (Date.now() - leader < 1200 && link) {
    leader = 0;
    link.click();
  } else if (event.key === "g") leader = Date.now();
  else if (event.key === "?") open($("#shortcuts"));
  else if (event.key === "/") {
    const search = $(".toolbar input[type=search]");
    if (search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  } else if (["j", "k", "ArrowDown", "ArrowUp"].includes(event.key)) {
    const rows = $$("main .row-link");
    const at = rows.indexOf(document.activeElement);
    if (at < 0 && event.key.startsWith("Arrow")) return;
    const next = rows[at + (event.key === "j" || event.key === "ArrowDown" ? 1 : -1)] ?? (at < 0 ? rows[0] : undefined);
    if (next) {
      event.preventDefault();
      next.focus();
    }
  }
});

// ---------------------------------------------------------------- swaps
// Points of a chart that carry an address behave like the row of the same address.
document.addEventListener("eh:open", (event) => {
  const link = $$("main .row-link").find((row) => row.getAttribute("href") === event.detail.href);
  if (link) {
    event.preventDefault();
    link.click();
  }
});
const settle = () => {
  raiseDrawer();
  choose(0);
  for (const item of $$("#toasts .toast:not([data-seen])")) {
    item.dataset.seen = "";
    retire(item);
  }
};
document.addEventListener("htmx:after:swap", settle);
settle();
