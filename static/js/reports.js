// The page of one report: figures that follow the typing, and text that is not lost.
// Without this script the page works the same; the figures then come with the next save.
"use strict";

(() => {
  // ---- amounts: the rules of projects/money.py, in whole yuan ----

  const YUAN_PER_WAN = 10000n;
  const LARGEST = 99999999n * YUAN_PER_WAN;
  const UNITS = [["亿元", 10000n], ["亿", 10000n], ["万元", 1n], ["万", 1n]];
  const SIGNS = { "−": "-", "–": "-", "—": "-", "﹣": "-", "。": ".", "、": "," };
  const SPACES = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/g;
  const PLAIN = /^(?:\+?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]*)?|\+?\.[0-9]+|-0+(?:\.0*)?)$/;

  // Whole yuan of an amount in 万元; null for blank, undefined for what is no amount or is negative.
  function parseWan(text) {
    let plain = text.normalize("NFKC").replace(/[−–—﹣。、]/g, (sign) => SIGNS[sign]).replace(SPACES, "");
    if (plain === "") return null;
    const unit = UNITS.find(([suffix]) => plain.endsWith(suffix));
    if (unit) plain = plain.slice(0, -unit[0].length);
    if (!PLAIN.test(plain)) return undefined;
    const [whole, fraction = ""] = plain.replace(/[,+-]/g, "").split(".");
    const scale = 10n ** BigInt(fraction.length);
    const scaled = BigInt(whole + fraction || "0") * (unit ? unit[1] : 1n) * YUAN_PER_WAN;
    return scaled % scale || scaled / scale > LARGEST ? undefined : scaled / scale;
  }

  const grouped = (whole) => String(whole).replace(/\B(?=(\d{3})+$)/g, ",");
  const hundredths = (value) => `${grouped(value / 100n)}.${String(value % 100n).padStart(2, "0")}`;
  const plain = (yuan) => `${yuan / YUAN_PER_WAN}.${String(yuan % YUAN_PER_WAN).padStart(4, "0").replace(/0{1,2}$/, "")}`;
  const wan = (yuan) => `${hundredths((yuan + 50n) / 100n)} 万元`;

  // part ÷ whole in hundredths of a percent, half up; null without a whole.
  const percent = (part, whole) => (whole > 0n ? (part * 20000n + whole) / (whole * 2n) : null);

  function points(value) {
    if (value === 0n) return "0.00 个百分点";
    return `${value < 0n ? "−" : "+"}${hundredths(value < 0n ? -value : value)} 个百分点`;
  }

  // ---- figures that follow the typing ----

  const UNLIKELY = 1000_00n; // hundredths of a percent of the plan, as in investment/plausibility.py

  const form = document.querySelector("form.report-form");
  const places = (name) => document.querySelectorAll(`[data-live="${name}"]`);  // on a phone also below the amount
  const show = (name, text) => places(name).forEach((place) => { place.textContent = text; });

  function follow(year) {
    const amount = form.elements.amount;
    const planned = parseWan(year.dataset.planned);
    const before = parseWan(year.dataset.before);
    const elapsed = BigInt(year.dataset.time.replace(".", ""));
    const rateBefore = percent(before, planned ?? 0n);

    function update() {
      const yuan = parseWan(amount.value);
      const unknown = yuan === null || yuan === undefined;
      const rate = unknown ? null : percent(before + yuan, planned ?? 0n);
      show("year-to-date", unknown ? "—" : wan(before + yuan));
      show("rate", rate === null ? "—" : `${hundredths(rate)}%`);
      show("check", rate !== null && rate > UNLIKELY ? "请核对单位" : "");
      show("gap", rate === null ? "—" : points(rate - elapsed));
      show("change", rate === null ? "—" : points(rate - rateBefore));
      return yuan !== undefined;
    }

    // Either of the two: the year to date gives the month's amount, and gives way when that is typed.
    const toDate = form.elements.year_to_date;
    toDate.addEventListener("input", () => {
      const yuan = parseWan(toDate.value);
      amount.value = typeof yuan === "bigint" && yuan >= before ? plain(yuan - before) : "";
      document.querySelector('[data-live="unreadable"]').hidden = yuan !== undefined;
      update();
    });
    amount.addEventListener("input", () => {
      toDate.value = "";
      document.querySelector('[data-live="unreadable"]').hidden = update();
    });
    update();
  }

  // ---- text that is not lost: kept in this tab, for this account, project and month ----

  const sheet = document.querySelector("[data-sheet]");
  const key = `report ${sheet.dataset.sheet}`;

  function readKept() {
    try {
      return JSON.parse(sessionStorage.getItem(key));
    } catch {
      return null;
    }
  }

  function write(values) {
    try {
      sessionStorage.setItem(key, JSON.stringify({ version: sheet.dataset.version, at: Date.now(), values }));
    } catch {
      // No room or no permission: the warning before leaving is all that is left.
    }
  }

  const forget = () => sessionStorage.removeItem(key);
  const controls = () => [...form.elements].filter((control) => control.name && control.type !== "hidden" && control.type !== "submit");
  const values = (read) => Object.fromEntries(controls().map((control) => [control.name, read(control)]));
  const valuesNow = () => values((control) => control.value);
  const asSent = (control) => {
    if (!control.options) return control.defaultValue;
    return ([...control.options].find((option) => option.defaultSelected) ?? control.options[0])?.value ?? "";
  };
  const same = (one, other) => Object.keys(one).every((name) => one[name] === (other[name] ?? ""));

  function keep() {
    const stored = values(asSent);  // not as it is now: somebody may have typed before this script came
    let submitting = false;
    const changed = () => "unsaved" in form.dataset || !same(valuesNow(), stored);

    form.addEventListener("input", () => (changed() ? write(valuesNow()) : forget()));
    form.addEventListener("submit", (event) => {
      if (submitting) event.preventDefault(); // a double click
      submitting = true;
    });
    addEventListener("pageshow", () => { submitting = false; });
    addEventListener("beforeunload", (event) => {
      if (!submitting && changed()) event.preventDefault();
    });
    const offered = !("unsaved" in form.dataset) && offer(stored);
    if (!offered && changed()) write(valuesNow());
  }

  // Show what was typed and not saved; tells whether there is such a thing.
  function offer(stored) {
    const kept = readKept();
    const saved = kept && "settled" in sheet.dataset && sheet.dataset.version !== kept.version;
    if (!kept || saved || same(stored, kept.values)) {
      forget();
      return false;
    }
    const banner = document.querySelector("[data-kept]");
    banner.querySelector("[data-kept-at]").textContent = new Date(kept.at).toLocaleString("zh-CN");
    banner.querySelector("[data-discard]").addEventListener("click", () => { forget(); banner.hidden = true; });
    banner.querySelector("[data-restore]").addEventListener("click", () => {
      for (const control of controls()) control.value = kept.values[control.name] ?? control.value;
      banner.hidden = true;
      controls()[0].dispatchEvent(new Event("input", { bubbles: true }));
      controls()[0].focus();
    });
    banner.hidden = false;
    return true;
  }

  if (form) {
    if (form.elements.amount) follow(document.querySelector("[data-year]"));
    keep();
    form.addEventListener("click", ({ target }) => {
      if (!target.dataset.take) return;
      const field = document.getElementById(target.dataset.take);
      field.value = target.dataset.last;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    });
    const save = document.querySelector("[data-save]");
    addEventListener("keydown", (event) => {
      if (!save || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
      event.preventDefault();
      form.requestSubmit(save);
    });
  } else if ("settled" in sheet.dataset) {
    forget();
  }
})();
