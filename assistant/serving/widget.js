// Serenity's chat on any web page: <script src="https://CHAT-ADDRESS/widget.js" async></script>
// The chat's owner must list the page's origin in SERENITY_FRAME_ANCESTORS.
(() => {
  const home = new URL(document.currentScript.src);
  const make = (tag, attributes, style) => {
    const element = Object.assign(document.createElement(tag), attributes);
    Object.assign(element.style, style);
    return element;
  };
  const frame = make(
    "iframe",
    { title: "Ask Serenity, an automated assistant", src: "about:blank" },
    {
      position: "fixed", right: "16px", bottom: "76px", zIndex: 2147483646, display: "none",
      width: "min(400px, calc(100vw - 32px))", height: "min(640px, calc(100vh - 108px))",
      border: "1px solid #c9c4b8", borderRadius: "12px", background: "#fff",
    },
  );
  const button = make(
    "button",
    { type: "button", textContent: "Ask Serenity" },
    {
      position: "fixed", right: "16px", bottom: "16px", zIndex: 2147483647, minHeight: "44px",
      padding: "0 20px", border: "0", borderRadius: "22px", cursor: "pointer",
      font: "600 16px system-ui, sans-serif", color: "#fff", background: "#2f5d50",
    },
  );
  const show = (open) => {
    if (open && frame.src === "about:blank") frame.src = new URL("./?embed=true", home).href;
    frame.style.display = open ? "block" : "none";
    button.textContent = open ? "Close" : "Ask Serenity";
    button.setAttribute("aria-expanded", String(open));
  };
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => show(frame.style.display === "none"));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && frame.style.display !== "none") { show(false); button.focus(); }
  });
  document.body.append(frame, button);
})();
