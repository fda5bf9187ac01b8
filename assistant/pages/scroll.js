// Brings into view what the visitor came for, once it is drawn: the heading that the address names
// after "#", else the cited sentence of the guide, else the newest question of the chat. The browser
// itself looked for them before the page was there.
(() => {
  const last = (elements) => elements[elements.length - 1];
  const wanted = decodeURIComponent(location.hash.slice(1));
  const heading = wanted && document.getElementById(wanted);
  const cited = document.getElementById("cited");
  const asked = last(document.querySelectorAll(".said"));
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (heading) heading.scrollIntoView();
  else if (cited) {
    cited.scrollIntoView({ block: "center" });
    cited.focus({ preventScroll: true });
  } else if (asked) asked.scrollIntoView({ behavior: calm ? "auto" : "smooth" });
})();
