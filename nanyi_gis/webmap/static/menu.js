"use strict";
// Menus of pages are plain <details> and open without this script, which only closes them again.
nanyi.menus = function () {
  const menus = [...document.querySelectorAll(".ny-menu")];
  const close = (but) => menus.forEach((menu) => { if (menu !== but) menu.open = false; });
  for (const menu of menus) {
    menu.addEventListener("toggle", () => { if (menu.open) close(menu); });
    menu.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      event.stopPropagation();
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }
  const here = document.querySelector(".ny-nav > [aria-current], .ny-nav .ny-here");
  if (here) { // on a small screen the pages stand in one line that scrolls
    const nav = here.closest(".ny-nav");
    const [line, own] = [nav, here].map((node) => node.getBoundingClientRect());
    nav.scrollLeft += own.left + own.width / 2 - line.left - line.width / 2;
  }
  nanyi.listen(document, "pointerdown", (event) => close(event.target.closest(".ny-menu")));
};
