/**
 * What a page does by itself: when events have come, it fetches itself and replaces its main part, at most once a second. The
 * stream resumes by itself; where it cannot, the page loads itself again as it does without a script.
 */
export const script = `const main = document.querySelector('main[data-events]');
const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

if (main !== null) {
  const source = new EventSource(main.dataset.events);
  let last = '';
  let stale = false;
  let busy = false;

  source.onmessage = ({ lastEventId }) => {
    last = lastEventId;
    stale = true;
    if (!busy) void follow();
  };
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5000);
  };

  async function follow() {
    busy = true;
    while (stale) {
      stale = false;
      await replace().catch(() => (stale = true));
      await rest(1000);
    }
    busy = false;
  }

  async function replace() {
    const response = await fetch(location.href);
    if (!response.ok) throw new Error(response.statusText);
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    const next = page.querySelector('main');
    main.replaceChildren(...next.childNodes);
    document.title = page.title;
    // A list is made of a read model, which may not have the event yet.
    if (next.dataset.shown !== undefined && next.dataset.shown !== last) stale = true;
    if (next.dataset.events === undefined) source.close();
  }
}
`;
