"use strict";
// The map page over the whole screen.
nanyi.fullscreen = function (button) {
  if (!document.fullscreenEnabled) { button.hidden = true; return; }
  button.addEventListener("click", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen();
  });
  nanyi.listen(document, "fullscreenchange", () => {
    button.setAttribute("aria-pressed", document.fullscreenElement ? "true" : "false");
    setTimeout(() => nanyi.map.invalidateSize(), 100);
  });
};
