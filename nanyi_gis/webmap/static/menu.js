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
  nanyi.listen(document, "pointerdown", (event) => close(event.target.closest(".ny-menu")));
};
