/** The page: three tabs, the address that keeps their state, the theme. */
{
  const { h } = dom;
  const scene = JSON.parse(document.getElementById("scene").textContent);
  const find = (id) => document.getElementById(id);
  const KINDS = { numbers, functions, distribution: distributions };
  const NUMBERS = { input: [1, 2, 3, 4], kernel: [1, 2, 3], padding: [[2, 2]] };
  const SETTLED = 250; // milliseconds from the last change to a new address; browsers limit how many

  let writing = null;
  let ready = false;
  let current = scene.kind;

  const tabs = Object.entries(KINDS).map(([kind, { make }]) => {
    const usual = kind === "numbers" ? NUMBERS : {};
    const tab = make(scene.kind === kind ? scene : usual, () => ready && kind === current && remember());
    find(`panel-${kind}`).append(tab.element);
    const button = find(`tab-${kind}`);
    button.addEventListener("click", () => open(kind));
    return { kind, button, panel: find(`panel-${kind}`), tab };
  });

  function open(kind) {
    for (const one of tabs) {
      const chosen = one.kind === kind;
      one.panel.hidden = !chosen;
      one.button.setAttribute("aria-selected", String(chosen));
      one.button.tabIndex = chosen ? 0 : -1;
      if (!chosen) one.tab.stop();
    }
    current = kind;
    tabs.find((one) => one.kind === kind).tab.refresh();
    head();
    if (ready) remember();
  }

  /** Head the page with what the open tab shows. */
  function head() {
    const title = tabs.find(({ kind }) => kind === current).tab.title();
    find("title").textContent = title;
    document.title = title;
  }

  find("tabs").addEventListener("keydown", (event) => {
    const at = tabs.findIndex(({ kind }) => kind === current);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = tabs[(to + tabs.length) % tabs.length];
    open(next.kind);
    next.button.focus();
  });

  /** The state of the open tab as the end of an address; what needs no escape stays readable. */
  function address() {
    const params = { tab: current, ...tabs.find(({ kind }) => kind === current).tab.params() };
    const plain = (text) => encodeURIComponent(text).replace(/%(2C|3B|3A)/g, decodeURIComponent);
    return `#${Object.entries(params)
      .map(([name, value]) => `${name}=${plain(value)}`)
      .join("&")}`;
  }

  const write = () => history.replaceState(null, "", address());

  function remember() {
    head();
    clearTimeout(writing);
    writing = setTimeout(write, SETTLED);
  }

  /** Take the state from the address, where it has one. */
  function recall() {
    const params = new URLSearchParams(location.hash.slice(1));
    const named = tabs.find(({ kind }) => kind === params.get("tab"));
    named?.tab.restore(params);
    open(named?.kind ?? current);
  }

  find("reset").addEventListener("click", () => {
    for (const { tab } of tabs) tab.reset();
    head();
    clearTimeout(writing);
    history.replaceState(null, "", location.pathname + location.search);
    say("as it was at first");
  });

  find("share").addEventListener("click", () => {
    write();
    // Pages opened from a file may not write to the clipboard; the address line has the link all the same.
    const told = navigator.clipboard?.writeText(location.href) ?? Promise.reject();
    told.then(
      () => say("link copied"),
      () => say("copy the address of this page: it holds everything you set"),
    );
  });

  const THEMES = ["auto", "light", "dark"];
  find("theme").addEventListener("click", () => {
    const root = document.documentElement;
    root.dataset.theme = THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length];
    find("theme").textContent = `theme: ${root.dataset.theme}`;
  });

  function say(text) {
    find("said").replaceChildren(h("span", {}, text));
  }

  open(scene.kind);
  recall();
  ready = true;
  addEventListener("hashchange", recall);
  new ResizeObserver(() => tabs.find(({ kind }) => kind === current).tab.refresh()).observe(document.body);
}
