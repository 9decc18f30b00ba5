/// The console's one script, by hand; every page works without it.
enum Script {
    static let text = #"""
        "use strict";
        (() => {
          const said = document.getElementById("said");
          const say = (text) => { if (said) said.textContent = text; };
          const each = (selector, act) => document.querySelectorAll(selector).forEach(act);

          each("[data-copy]", (button) => {
            button.hidden = !navigator.clipboard;
            button.addEventListener("click", async () => {
              const source = document.getElementById(button.dataset.copy);
              if (!source) return;
              try {
                await navigator.clipboard.writeText(source.textContent.trim());
                say("Copied");
                const label = button.textContent;
                button.textContent = "Copied";
                setTimeout(() => { button.textContent = label; }, 2000);
              } catch {
                say("The browser did not allow copying; select the text instead");
              }
            });
          });

          each("[data-reveal]", (button) => {
            button.hidden = false;
            button.addEventListener("click", () => {
              const input = document.getElementById(button.dataset.reveal);
              if (!input) return;
              const hides = input.type === "text";
              input.type = hides ? "password" : "text";
              button.textContent = hides ? "Show" : "Hide";
              input.focus();
            });
          });

          // A second click sends nothing; the first answer is the one that counts.
          each("form[method=post]", (form) => {
            form.addEventListener("submit", (event) => {
              if (form.dataset.sent) { event.preventDefault(); return; }
              form.dataset.sent = "yes";
              setTimeout(() => form.querySelectorAll("button").forEach((button) => { button.disabled = true; }), 0);
            });
          });
          window.addEventListener("pageshow", (event) => {
            if (!event.persisted) return;
            each("form[data-sent]", (form) => {
              delete form.dataset.sent;
              form.querySelectorAll("button").forEach((button) => { button.disabled = false; });
            });
          });

          each("[data-focus]", (element) => element.focus());

          // One menu at a time, closed by Escape or a click elsewhere.
          document.addEventListener("click", (event) => {
            each("details.menu[open]", (menu) => { if (!menu.contains(event.target)) menu.open = false; });
          });
          document.addEventListener("keydown", (event) => {
            if (event.key !== "Escape") return;
            each("details.menu[open]", (menu) => { menu.open = false; menu.querySelector("summary").focus(); });
          });
        })();
        """#
}
