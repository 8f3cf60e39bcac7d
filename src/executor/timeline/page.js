"use strict";
const box = document.querySelector(".picture"), svg = box.querySelector("svg"), detail = document.getElementById("detail");
const [width, height] = ["width", "height"].map((side) => Number(svg.getAttribute(side)));
let zoom = 1;
// The place under the pointer, or the middle, stays where it is.
function to(wanted, x = box.clientWidth / 2, y = box.clientHeight / 2) {
  const next = Math.min(40, Math.max(0.1, wanted)), by = next / zoom;
  const [left, top] = [(box.scrollLeft + x) * by - x, (box.scrollTop + y) * by - y];
  zoom = next;
  svg.setAttribute("width", width * zoom);
  svg.setAttribute("height", height * zoom);
  box.scrollTo(left, top);
}
document.getElementById("in").onclick = () => to(zoom * 1.5);
document.getElementById("out").onclick = () => to(zoom / 1.5);
document.getElementById("fit").onclick = () => to(box.clientWidth / width);
box.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  const edge = box.getBoundingClientRect();
  to(zoom * Math.exp(-event.deltaY / 300), event.clientX - edge.left, event.clientY - edge.top);
}, { passive: false });
let held = null;
svg.addEventListener("pointerdown", (event) => { if (event.pointerType === "mouse" && event.button === 0) held = event; });
addEventListener("pointerup", () => { held = null; });
addEventListener("pointermove", (event) => { if (held) box.scrollBy(-event.movementX, -event.movementY); });
for (const kind of ["pointerover", "click"]) svg.addEventListener(kind, (event) => {
  const bar = event.target.closest(".bar");
  if (bar) detail.textContent = bar.querySelector("title").textContent;
});
