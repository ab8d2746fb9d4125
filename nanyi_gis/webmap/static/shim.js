"use strict";
// The little that folium needs of jQuery and of awesome-markers.
window.$ = window.$ || function (what) {
  const ready = (action) => (document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", action) : action());
  if (typeof what === "function") return ready(what);
  if (typeof what === "string" && !what.trim().startsWith("<")) {
    return { draggable: () => {}, css: () => {} }; // the legend of explore() stays where it is
  }
  if (typeof what === "string") {
    const holder = document.createElement("template");
    holder.innerHTML = what.trim();
    return [...holder.content.children];
  }
  return { ready, css: () => {} };
};
if (window.L && !L.AwesomeMarkers) {
  L.AwesomeMarkers = {
    icon: (options = {}) => {
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.setAttribute("viewBox", "0 0 24 36");
      svg.setAttribute("width", "24");
      svg.setAttribute("height", "36");
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("d", "M12 35C12 24 1 20 1 12a11 11 0 1122 0c0 8-11 12-11 23zM12 8a4 4 0 100 8 4 4 0 000-8z");
      path.setAttribute("fill", options.markerColor || "blue");
      path.setAttribute("stroke", "#fff");
      path.setAttribute("fill-rule", "evenodd");
      svg.append(path);
      return L.divIcon({ html: svg, className: "", iconSize: [24, 36], iconAnchor: [12, 35], popupAnchor: [0, -30] });
    },
  };
}
