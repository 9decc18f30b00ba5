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

          // A rule is checked while it is typed, and words that go on with it are offered.
          each("textarea[data-check]", (area) => {
            const box = document.getElementById("rule-check");
            const place = document.getElementById("rule-place");
            const list = document.getElementById("rule-words");
            let timer = 0, chosen = -1;
            const word = () => (/[\p{L}\p{N}_.]+$/u.exec(area.value.slice(0, area.selectionStart)) || [""])[0];
            const ask = async (path, options) => {
              try {
                const answer = await fetch(path, options);
                return answer.ok ? await answer.json() : null;
              } catch { return null; }
            };
            const check = async () => {
              const text = area.value;
              if (!text.trim()) { box.hidden = true; return; }
              const body = new URLSearchParams({ token: area.form.elements.token.value, expression: text, id: area.dataset.id });
              const found = await ask(area.dataset.check, { method: "POST", body });
              if (!found || area.value !== text) return;
              box.hidden = false;
              box.className = `note ${found.tone}`;
              document.getElementById("rule-text").textContent = found.text;
              place.hidden = found.wrong === undefined;
              [found.before, found.wrong, found.after].forEach((part, at) => { place.children[at].textContent = part || ""; });
            };
            const close = () => { list.hidden = true; chosen = -1; area.removeAttribute("aria-activedescendant"); };
            const take = (text) => {
              const end = area.selectionStart;
              area.setRangeText(text, end - word().length, end, "end");
              close();
              area.focus();
              area.dispatchEvent(new Event("input"));
              close();
            };
            const choose = (step) => {
              const items = [...list.children];
              chosen = (chosen + step + items.length) % items.length;
              items.forEach((item, at) => item.setAttribute("aria-selected", String(at === chosen)));
              area.setAttribute("aria-activedescendant", items[chosen].id);
            };
            const offer = async () => {
              const begun = word();
              if (begun.length < 2) { close(); return; }
              const found = await ask(`${area.dataset.words}?q=${encodeURIComponent(begun)}`);
              if (word() !== begun || document.activeElement !== area) return;
              close();
              const others = (found || []).filter((one) => one.text !== begun);
              list.replaceChildren(...others.map((one, at) => {
                const item = document.createElement("li"), note = document.createElement("small");
                item.id = `rule-word-${at}`;
                item.setAttribute("role", "option");
                item.setAttribute("aria-selected", "false");
                note.textContent = one.note;
                item.append(one.text, note);
                item.addEventListener("mousedown", (event) => { event.preventDefault(); take(one.text); });
                return item;
              }));
              list.hidden = !others.length;
            };
            area.addEventListener("input", () => {
              clearTimeout(timer);
              timer = setTimeout(() => { check(); offer(); }, 300);
            });
            area.addEventListener("blur", close);
            area.addEventListener("keydown", (event) => {
              if (list.hidden) return;
              if (event.key === "ArrowDown" || event.key === "ArrowUp") choose(event.key === "ArrowDown" ? 1 : -1);
              else if (event.key === "Enter" && chosen >= 0) take(list.children[chosen].firstChild.textContent);
              else if (event.key === "Escape") close();
              else return;
              event.preventDefault();
            });
          });

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
