// Makes the pages live. Everything works without this file; what it shows is always the server's own HTML.
"use strict";

(() => {
  const body = document.body;
  const status = document.getElementById("status");
  const list = document.getElementById("room-list");
  const search = document.getElementById("search");
  const conversation = document.getElementById("conversation");
  const robots = document.getElementById("robots");
  const bottomEdge = 60;
  const pace = 400;

  const messages = () => document.getElementById("messages");
  const scroller = () => document.getElementById("scroll");
  const pill = () => document.getElementById("pill");

  async function fetchPage(path) {
    const response = await fetch(path, { credentials: "same-origin", headers: { Accept: "text/html" } });
    if (!response.ok) throw new Error(String(response.status));
    return new DOMParser().parseFromString(await response.text(), "text/html");
  }

  // The list of rooms

  function filterRooms() {
    const wanted = search.value.trim().toLowerCase();
    for (const brand of list.querySelectorAll(".brand")) {
      const isBrand = brand.dataset.brand.toLowerCase().includes(wanted);
      let found = 0;
      for (const room of brand.querySelectorAll(".room")) {
        const isWanted = isBrand || room.dataset.name.toLowerCase().includes(wanted);
        room.parentElement.hidden = !isWanted;
        if (isWanted) found += 1;
      }
      brand.hidden = found === 0;
    }
  }

  function showUnread() {
    let unread = 0;
    for (const badge of list.querySelectorAll(".room .badge")) unread += Number(badge.dataset.unread);
    document.title = unread > 0 ? `(${unread}) ${body.dataset.title}` : body.dataset.title;
  }

  function replaceList(page) {
    const closed = new Set();
    for (const brand of list.querySelectorAll(".brand:not([open])")) closed.add(brand.dataset.brand);
    const top = list.scrollTop;
    list.replaceChildren(...page);
    for (const brand of list.querySelectorAll(".brand")) brand.open = !closed.has(brand.dataset.brand);
    list.scrollTop = top;
    filterRooms();
    showUnread();
  }

  async function refreshList() {
    const selected = messages()?.dataset.room ?? "";
    const page = await fetchPage(`/room-list?selected=${selected}`);
    replaceList(page.body.childNodes);
  }

  // The conversation

  const isAtBottom = () => Math.abs(scroller().scrollTop) < bottomEdge;

  async function refreshMessages() {
    const shown = messages();
    // A page of the past stays what it is, and what nobody sees is not yet read.
    if (!shown || "past" in shown.dataset || document.hidden) return;
    const page = await fetchPage(`/rooms/${shown.dataset.room}/messages?after=${shown.dataset.last}`);
    if (shown !== messages()) return;
    const fresh = page.querySelectorAll("[data-number]");
    if (fresh.length === 0) return;
    const area = scroller();
    const stays = !isAtBottom();
    const height = area.scrollHeight;
    const place = area.scrollTop;
    area.querySelector(".empty")?.remove();
    shown.append(...page.body.childNodes);
    shown.dataset.last = fresh[fresh.length - 1].dataset.number;
    area.scrollTop = stays ? place - (area.scrollHeight - height) : 0;
    pill().hidden = !stays;
  }

  async function showEarlier(link) {
    const page = await fetchPage(link.href);
    const area = scroller();
    const height = area.scrollHeight - area.scrollTop;
    const more = page.querySelector("#thread > .more:first-child");
    messages().prepend(...page.querySelector("#messages").childNodes);
    if (more) link.parentElement.replaceWith(more);
    else link.parentElement.remove();
    area.scrollTop = area.scrollHeight - height;
  }

  async function open(address, remember) {
    const page = await fetchPage(address);
    const main = page.getElementById("conversation");
    if (!main) throw new Error("no conversation");
    conversation.replaceChildren(...main.childNodes);
    body.dataset.layout = page.body.dataset.layout;
    body.dataset.title = page.body.dataset.title;
    const language = document.querySelector(".switch");
    language.href = page.querySelector(".switch").href;
    if (remember) history.pushState(null, "", address);
    await refreshList();
  }

  // What happens, at a bearable pace

  let isDirty = false;
  let isBusy = false;

  async function refresh() {
    isDirty = true;
    if (isBusy) return;
    isBusy = true;
    while (isDirty) {
      isDirty = false;
      try {
        if (list) {
          await refreshMessages();
          await refreshList();
        }
        if (robots && !document.hidden) {
          const page = await fetchPage("/robots?fragment");
          robots.replaceChildren(...page.body.childNodes);
        }
      } catch {
        // The event stream tells when the sandbox is back, and that refreshes again.
      }
      await new Promise((resolve) => setTimeout(resolve, pace));
    }
    isBusy = false;
  }

  function showStatus(isLive) {
    status.hidden = false;
    status.textContent = isLive ? body.dataset.live : body.dataset.lost;
    status.classList.toggle("lost", !isLive);
  }

  const events = new EventSource("/events");
  events.onopen = () => {
    showStatus(true);
    refresh();
  };
  events.onerror = () => showStatus(false);
  events.addEventListener("message", refresh);
  events.addEventListener("robots", refresh);
  if (robots) {
    events.addEventListener("refused", refresh);
    setInterval(refresh, 5000);
  }
  document.addEventListener("visibilitychange", refresh);
  addEventListener("pagehide", () => events.close());

  if (!list) return;

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = event.target.closest("a.room, a.back, .more a");
    if (link) {
      event.preventDefault();
      const isEarlier = link.matches(".more a[href*='before=']");
      (isEarlier ? showEarlier(link) : open(link.href, true)).catch(() => location.assign(link.href));
    } else if (event.target.closest("#pill")) {
      scroller().scrollTop = 0;
      pill().hidden = true;
    }
  });
  document.addEventListener(
    "scroll",
    (event) => {
      if (event.target === scroller() && isAtBottom()) pill().hidden = true;
    },
    true,
  );
  addEventListener("popstate", () => open(location.href, false).catch(() => location.reload()));
  search.addEventListener("input", filterRooms);
  search.form.addEventListener("submit", (event) => event.preventDefault());
  list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  showUnread();
})();
