"use strict";
// Tells the reader of a browser that cannot even parse the other scripts; written so that such a browser reads it.
(function () {
  document.addEventListener("DOMContentLoaded", function () {
    var found = document.querySelectorAll(".ny-too-old");
    if (window.nanyi && window.nanyi.begin) return;
    for (var i = 0; i < found.length; i += 1) found[i].removeAttribute("hidden");
  });
})();
