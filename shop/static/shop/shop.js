// Progressive extras of the storefront. Every page works without this file; nothing here is a dependency of a form.
"use strict";

document.documentElement.classList.add("js");

const each = (root, selector, action) => {
  if (root.matches?.(selector)) action(root);
  root.querySelectorAll(selector).forEach(action);
};

// [data-copy="text"]: copies, then shows data-copied for two seconds
function bindCopy(button) {
  if (!navigator.clipboard) {
    button.hidden = true;
    return;
  }
  const label = button.querySelector("[data-copy-label]") ?? button;
  const before = label.textContent;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      return;
    }
    label.textContent = button.dataset.copied ?? before;
    setTimeout(() => { label.textContent = before; }, 2000);
  });
}

// [data-stepper]: the buttons change the number in place and the field says "change"
function bindStepper(stepper) {
  const field = stepper.querySelector("input");
  const buttons = stepper.querySelectorAll("[data-step]");
  const number = (text, otherwise) => (text === "" || Number.isNaN(Number(text)) ? otherwise : Number(text));
  const limits = () => {
    const value = number(field.value, 1);
    buttons.forEach((button) => {
      const down = Number(button.dataset.step) < 0;
      button.disabled = down ? value <= number(field.min, 1) : value >= number(field.max, Infinity);
    });
  };
  buttons.forEach((button) => {
    button.hidden = false;
    button.type = "button";
    button.addEventListener("click", () => {
      const unit = number(field.step, 1);
      const wanted = number(field.value, 1) + unit * Number(button.dataset.step);
      field.value = String(Math.min(Math.max(wanted, number(field.min, 1)), number(field.max, Infinity)));
      limits();
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  });
  field.addEventListener("input", limits);
  limits();
}

// [data-tally]: what is missing or damaged is taken off what is good, as far as they are too many together
function bindTally(group) {
  const [good, ...others] = group.querySelectorAll("input[type=number]");
  const units = (field) => Number(field.value) || 0;
  others.forEach((other) => {
    other.addEventListener("change", () => {
      const left = Math.max(Number(good.max) - others.reduce((sum, field) => sum + units(field), 0), 0);
      if (units(good) <= left) return;
      good.value = String(left);
      good.dispatchEvent(new Event("input", { bubbles: true }));
    });
  });
}

// form[data-autosubmit]: sends itself shortly after the last change; its plain button is then not needed
function bindAutosubmit(form) {
  let waiting = 0;
  form.querySelectorAll("[data-plain-submit]").forEach((button) => button.classList.add("sr-only"));
  document.addEventListener("change", (event) => {
    if (event.target.form !== form) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => form.requestSubmit(), 500);
  });
}

// [data-check-all="name"]: ticks every box of that name in its form, inside a [data-check-group] those of the group alone,
// and shows whether all of them are ticked
function bindCheckAll(box) {
  const around = box.closest("[data-check-group]") ?? document;
  const others = () => [...box.form.elements].filter((other) => other.name === box.dataset.checkAll && !other.disabled && around.contains(other));
  box.addEventListener("change", () => others().forEach((other) => { other.checked = box.checked; }));
  document.addEventListener("change", () => {
    const all = others();
    box.checked = all.length > 0 && all.every((other) => other.checked);
  });
}

// [data-deadline="ISO time"]: the time left, digits only; at zero shows data-expired
function bindDeadline(element) {
  const end = Date.parse(element.dataset.deadline);
  if (Number.isNaN(end)) return;
  const two = (value) => String(value).padStart(2, "0");
  const tick = () => {
    const left = Math.max(0, Math.floor((end - Date.now()) / 1000));
    if (left === 0) {
      element.textContent = element.dataset.expired ?? "00:00";
      return;
    }
    const hours = Math.floor(left / 3600);
    const rest = `${two(Math.floor((left % 3600) / 60))}:${two(left % 60)}`;
    element.textContent = hours ? `${two(hours)}:${rest}` : rest;
    setTimeout(tick, 1000);
  };
  tick();
}

// [data-areas="url"]: province, city and district become selects that follow each other
async function bindAreas(fieldset) {
  const inputs = [...fieldset.querySelectorAll("input")];
  if (inputs.length !== 3) return;
  let tree;
  try {
    const answer = await fetch(fieldset.dataset.areas, { credentials: "same-origin" });
    if (!answer.ok) return;
    tree = await answer.json();
  } catch {
    return;
  }
  const selects = inputs.map((input) => {
    const select = document.createElement("select");
    for (const { name, value } of input.attributes) if (!["type", "value", "maxlength"].includes(name)) select.setAttribute(name, value);
    select.dataset.wanted = input.value;
    input.replaceWith(select);
    return select;
  });
  const choices = (level) => {
    const [province, city] = selects.map((select) => select.value);
    if (level === 0) return Object.keys(tree);
    if (level === 1) return Object.keys(tree[province] ?? {});
    return tree[province]?.[city] ?? [];
  };
  const fill = (level) => {
    const select = selects[level];
    if (!select) return;
    const names = choices(level);
    const prompt = new Option(fieldset.dataset.areasPrompt ?? "", "");
    select.replaceChildren(prompt, ...names.map((name) => new Option(name, name)));
    if (names.includes(select.dataset.wanted)) select.value = select.dataset.wanted;
    else if (names.length === 1) select.value = names[0];
    fill(level + 1);
  };
  selects.forEach((select, level) => select.addEventListener("change", () => {
    select.dataset.wanted = select.value;
    fill(level + 1);
  }));
  fill(0);
}

// [data-gallery]: says which picture is in view
function bindGallery(gallery) {
  const counter = document.querySelector(`[data-gallery-index="${gallery.id}"]`);
  const total = gallery.children.length;
  if (!counter || total < 2) return;
  const show = () => {
    const index = Math.round(gallery.scrollLeft / Math.max(gallery.clientWidth, 1)) + 1;
    counter.textContent = `${index} / ${total}`;
  };
  gallery.addEventListener("scroll", show, { passive: true });
  show();
}

// [hx-get], [hx-post]: htmx asks and puts the answer in its place. Nobody looks at a hidden page, so it asks nothing; what
// a redirect leads to (a login) is not the piece that was asked for; a form that could not be sent so is sent as a plain one
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden) event.preventDefault();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, pathInfo } = event.detail;
  if (new URL(xhr.responseURL).pathname !== new URL(pathInfo.requestPath, location).pathname) event.detail.shouldSwap = false;
});
for (const trouble of ["htmx:responseError", "htmx:sendError"]) document.addEventListener(trouble, (event) => {
  if (event.detail.elt instanceof HTMLFormElement) event.detail.elt.submit();
});
document.addEventListener("htmx:load", (event) => {
  const { elt } = event.detail;
  if (elt === document.body) return;
  bindAll(elt);
  if (elt.matches("[data-slip]")) elt.focus();
});

// section[data-sheet]: a plain part of the page; on a phone, links to its id open it as a sheet
function bindSheet(section) {
  const narrow = matchMedia("(max-width: 63.99rem)");
  const home = document.createComment("sheet");
  const dialog = document.createElement("dialog");
  dialog.className = "sheet";
  dialog.setAttribute("aria-label", section.getAttribute("aria-label") ?? "");
  section.before(home);
  document.body.append(dialog);
  section.classList.add("sheet-closed");
  dialog.addEventListener("close", () => {
    home.after(section);
    section.classList.add("sheet-closed");
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-sheet-close]")) {
      event.preventDefault();
      dialog.close();
    }
  });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest(`[data-sheet-open="${section.id}"]`);
    if (!opener || !narrow.matches) return;
    event.preventDefault();
    dialog.append(section);
    section.classList.remove("sheet-closed");
    dialog.showModal();
  });
}

// form[data-prices="1:19800 10:19000"]: the sum of what is chosen, of the price from that number on. Its links to other packs
// become rows to choose among: the pack is changed in place, with price, sum and what is left ([data-left]), wherever the
// page says them ([data-pack-price] and so on); what is said of the opened pack alone ([data-pack-own]) goes while it is another
function bindBuying(form) {
  const field = form.elements.quantity;
  const parts = (name) => document.querySelectorAll(`[data-pack-${name}]`);
  const opened = form.querySelector("a[data-pack][aria-current]")?.dataset.pack;
  let prices = form.dataset.prices;
  if (!field) return;
  const say = () => {
    const number = Math.max(Math.floor(Number(field.value)) || 0, 0);
    const all = prices.split(" ").map((each) => each.split(":").map(Number));
    const [, fen] = all.filter(([from]) => from <= number).pop() ?? all[0];
    const sum = (fen * number / 100).toLocaleString("en-US", { minimumFractionDigits: 2 });
    form.querySelectorAll("[data-sum]").forEach((place) => { place.textContent = `¥${sum}`; });
  };
  const choose = (row) => {
    const left = form.querySelector(`[data-left="${row.dataset.pack}"]`);
    prices = row.dataset.prices;
    form.action = row.dataset.add;
    field.max = left.value;
    field.value = String(Math.max(Math.min(Number(field.value), Number(left.value)), Number(field.min)));
    parts("price").forEach((place) => place.querySelector(".price").replaceChildren(...row.querySelector(".price").cloneNode(true).childNodes));
    parts("name").forEach((place) => place.replaceChildren(...row.querySelector("[data-name]").cloneNode(true).childNodes));
    parts("stock").forEach((place) => { place.textContent = left.textContent; });
    parts("own").forEach((place) => { place.hidden = row.dataset.pack !== opened; });
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  form.querySelectorAll("[data-packs]").forEach((list) => {
    list.setAttribute("role", "radiogroup");
    list.setAttribute("aria-labelledby", list.dataset.packs);
    list.querySelectorAll("a[data-pack]").forEach((link) => {
      const row = document.createElement("label");
      const tick = document.createElement("input");
      Object.assign(tick, { type: "radio", name: "pack", value: link.dataset.pack, className: "tick", checked: link.hasAttribute("aria-current") });
      Object.assign(row.dataset, link.dataset);
      row.className = "opt";
      row.append(tick, ...link.childNodes);
      tick.addEventListener("change", () => choose(row));
      link.replaceWith(row);
    });
  });
  field.addEventListener("input", say);
  // A page that comes back from the browser's memory has what was typed before.
  window.addEventListener("pageshow", say);
  say();
}

// [data-back]: one step back when the visitor came from this shop, else the link's own address
function bindBack(link) {
  link.addEventListener("click", (event) => {
    if (history.length < 2 || !document.referrer.startsWith(`${location.origin}/`)) return;
    event.preventDefault();
    history.back();
  });
}

// [data-print], [data-share]: shown only where the browser can do it
function bindPrint(button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
function bindShare(button) {
  if (!navigator.share) return;
  button.hidden = false;
  button.addEventListener("click", () => navigator.share({ title: document.title, url: location.href }).catch(() => {}));
}

// form[data-heart="address of the opposite"]: keeps or forgets in place; whoever has not signed in is led there
function bindHeart(form) {
  const button = form.querySelector("button");
  const use = button.querySelector("use");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    let answer;
    try {
      answer = await fetch(form.action, { method: "POST", body: new FormData(form), credentials: "same-origin", headers: { "X-Requested-With": "fetch" } });
    } catch {
      return form.submit();
    }
    if (answer.redirected) return location.assign(answer.url);
    // What is refused is said by the page that the form itself leads to.
    if (answer.status !== 204) return form.submit();
    const kept = button.getAttribute("aria-pressed") !== "true";
    [form.action, form.dataset.heart] = [form.dataset.heart, form.action];
    button.setAttribute("aria-pressed", String(kept));
    use.setAttribute("href", use.getAttribute("href").replace(/#.*$/, kept ? "#heart-filled" : "#heart"));
    button.disabled = false;
    button.focus();
  });
  // A page that comes back from the browser's memory asks anew.
  window.addEventListener("pageshow", () => { button.disabled = false; });
}

// form[data-suggest]: htmx fills the list under the field; arrows choose, Enter goes there
function bindSuggest(form) {
  const field = form.querySelector("input[name=q]");
  const list = form.querySelector("[role=listbox]");
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id]]) field.setAttribute(name, value);
  let wanted = false;
  const options = () => [...list.querySelectorAll("[role=option]")];
  const choose = (option) => {
    options().forEach((one) => one.setAttribute("aria-selected", String(one === option)));
    if (!option) return field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };
  const show = (open) => {
    list.hidden = !open;
    field.setAttribute("aria-expanded", String(open));
    if (!open) choose(null);
  };
  const close = () => {
    wanted = false;
    show(false);
  };
  field.addEventListener("htmx:beforeRequest", (event) => {
    if (wanted && field.value.trim()) return;
    event.preventDefault();
    close();
  });
  field.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.failed) show(false);
  });
  list.addEventListener("htmx:afterSwap", () => {
    // Two fields of one page have lists of their own.
    options().forEach((option) => { option.id = `${list.id}-${option.id}`; });
    show(wanted && options().length > 0);
  });
  field.addEventListener("input", () => { wanted = true; });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const all = options();
    const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) {
        wanted = true;
        htmx.trigger(field, "suggest");
      } else {
        // One place before the first and behind the last is the field itself.
        const next = (at + 1 + (event.key === "ArrowDown" ? 1 : all.length)) % (all.length + 1);
        choose(all[next - 1] ?? null);
      }
      event.preventDefault();
    } else if (event.key === "Enter" && !list.hidden && all[at]) {
      event.preventDefault();
      location.assign(all[at].dataset.url);
    }
  });
  field.addEventListener("blur", close);
  form.addEventListener("submit", close);
  // The field keeps the focus, or the list would be gone before it is clicked.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.url);
  });
}

function bindAll(root) {
  each(root, "[data-copy]", bindCopy);
  each(root, "[data-stepper]", bindStepper);
  each(root, "[data-tally]", bindTally);
  each(root, "form[data-autosubmit]", bindAutosubmit);
  each(root, "[data-check-all]", bindCheckAll);
  each(root, "[data-deadline]", bindDeadline);
  each(root, "[data-areas]", bindAreas);
  each(root, "[data-gallery]", bindGallery);
  each(root, "form[data-prices]", bindBuying);
  each(root, "[data-sheet]", bindSheet);
  each(root, "form[data-heart]", bindHeart);
  each(root, "form[data-suggest]", bindSuggest);
  each(root, "[data-back]", bindBack);
  each(root, "[data-print]", bindPrint);
  each(root, "[data-share]", bindShare);
}
bindAll(document);
