(() => {
  "use strict";
  document.documentElement.classList.add("js");
  const { count, copied, selected } = document.body.dataset;
  const form = document.querySelector("form");
  const said = document.getElementById("said");
  const texts = [...document.querySelectorAll("article")].map((article) => ({
    article,
    name: article.querySelector(".name").textContent.toLowerCase(),
    field: article.dataset.field,
    items: [...article.querySelectorAll("li")].map((item) => ({
      item,
      mark: document.getElementById(item.id.replace("m", "t")),
      category: item.dataset.category,
      subjects: item.dataset.subjects.split(" "),
    })),
  }));

  function filter() {
    const category = form.elements.category.value;
    const subject = form.elements.subject.value;
    const field = form.elements.field.value;
    const name = form.elements.name.value.toLowerCase();
    let shown = 0;
    for (const text of texts) {
      // A text without mentions is neutral, and names no subject.
      let wanted = !text.items.length && (!category || category === "neutral") && !subject;
      for (const { item, mark, category: its, subjects } of text.items) {
        const matches = (!category || category === its) && (!subject || subjects.includes(subject));
        item.hidden = !matches;
        mark.classList.toggle("dimmed", !matches);
        wanted ||= matches;
      }
      wanted &&= (!field || field === text.field) && text.name.includes(name);
      text.article.hidden = !wanted;
      shown += wanted;
    }
    form.elements.count.value = count.replace("{shown}", shown).replace("{total}", texts.length);
  }

  // The characters that signs stand for.
  function exact(element) {
    const copy = element.cloneNode(true);
    for (const sign of copy.querySelectorAll(".sign")) {
      sign.replaceWith(String.fromCodePoint(sign.dataset.code).repeat(sign.dataset.count));
    }
    return copy.textContent;
  }

  async function copyFrom(element) {
    try {
      await navigator.clipboard.writeText(exact(element));
      return copied;
    } catch {
      getSelection().selectAllChildren(element);
      return selected;
    }
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (!button) return;
    const outcome = await copyFrom(document.getElementById(button.dataset.copy));
    said.textContent = "";
    said.textContent = outcome;
    button.title = outcome;
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), 2000);
  });
  // There is nothing to choose where nobody said in which fields the texts stand.
  form.elements.field.closest("label").hidden = !texts.some(({ field }) => field);
  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();
})();
