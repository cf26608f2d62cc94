/**
 * What a page does by itself: it puts the changes that its stream sends where they belong, and keeps the focus. The stream resumes by
 * itself; where it cannot, the page loads itself again as it does without a script.
 */
export const script = `const main = document.querySelector('main[data-changes]');

if (main !== null) {
  const source = new EventSource(main.dataset.changes);
  const loadAgain = () => setTimeout(() => location.reload(), 5000);

  source.onmessage = ({ data }) => {
    try {
      show(JSON.parse(data));
    } catch (error) {
      source.close();
      loadAgain();
      throw error;
    }
  };
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) loadAgain();
  };

  function show({ title, parts, gone = [], ended }) {
    const focused = document.activeElement?.getAttribute('href') ?? null;
    for (const id of gone) document.getElementById(id).remove();
    for (const part of parts) put(part, focused);
    if (title !== undefined) document.title = title;
    if (ended === true) source.close();
  }

  function put({ id, html, within, behind }, focused) {
    const template = document.createElement('template');
    template.innerHTML = html;
    const element = template.content.firstElementChild;
    const old = document.getElementById(id);
    if (within === undefined) {
      const hadFocus = old.contains(document.activeElement);
      old.replaceWith(element);
      if (hadFocus) focusAgain(element, focused);
    } else if (behind === undefined) document.getElementById(within).prepend(element);
    else document.getElementById(behind).after(element);
  }

  function focusAgain(element, href) {
    const links = Array.from(element.querySelectorAll('a'));
    links.find((link) => link.getAttribute('href') === href)?.focus({ preventScroll: true });
  }
}
`;
