import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { closeSession } from './data/open-session.js';
import { theme, zone } from './data/preferences.js';
import { adjust, go, param, view } from './data/router.js';
import { session } from './data/session.js';
import { isTyping } from './logic/shortcuts.js';
import { frozen } from './logic/time-range.js';
import { type PageName, placeOf, urlOf, withParams } from './logic/view.js';
import { PageOf } from './pages/page-of.js';
import { Help } from './parts/help.js';
import { Login } from './parts/login.js';
import { StatusBar } from './parts/status-bar.js';

const LINKS: readonly (readonly [PageName, string, string])[] = [
  ['overview', 'Overview', 'o'],
  ['events', 'Events', 'e'],
  ['requests', 'Requests', 'r'],
  ['graph', 'Graph', 'g'],
  ['adaptive', 'Adaptive', 'h'],
  ['alerts', 'Alerts', 'a'],
  ['sources', 'Sources', 's'],
  ['projects', 'Projects', 'p'],
];
/** How long `g` waits for its letter. */
const LETTER_MS = 1_500;

export function App() {
  const isHelp = useSignal(false);
  useKeys(() => {
    isHelp.value = true;
  });
  const header = useRef<HTMLElement>(null);
  useHeaderHeight(header);
  const { value: known } = session;
  if (known === null) return <Login />;
  const { page } = view.value;
  const current = page === 'request' ? 'requests' : page;
  return (
    <>
      <a class="skip" href="#main">
        To the content
      </a>
      <header class="top" ref={header}>
        <a class="brand" href="/ui/">
          aegis-trace
        </a>
        <nav aria-label="Pages">
          {LINKS.map(([name, title]) => (
            <a
              key={name}
              href={urlOf(placeOf(name, view.value))}
              aria-current={name === current ? 'page' : undefined}
            >
              {title}
            </a>
          ))}
        </nav>
        <Preferences
          onHelp={() => {
            isHelp.value = true;
          }}
        />
      </header>
      {known?.is_read_only ? (
        <p class="banner">
          <b>{known.title}</b>, read-only{known.note === undefined ? '' : `: ${known.note}`}.
          Nothing of it leaves this machine.
        </p>
      ) : null}
      <main id="main" tabIndex={-1}>
        <PageOf page={page} />
      </main>
      <StatusBar />
      {isHelp.value ? (
        <Help
          onClose={() => {
            isHelp.value = false;
          }}
        />
      ) : null}
    </>
  );
}

function Preferences({ onHelp }: { onHelp: () => void }) {
  const isCopied = useSignal(false);
  const copy = async (): Promise<void> => {
    const now = Date.now();
    const shared = withParams(view.value, {
      from: frozen(param('from'), now),
      ...(param('from').startsWith('-') &&
        param('to') === '' && { to: new Date(now).toISOString() }),
      live: '',
    });
    await navigator.clipboard.writeText(location.origin + urlOf(shared));
    isCopied.value = true;
    setTimeout(() => {
      isCopied.value = false;
    }, LETTER_MS);
  };
  return (
    <div class="preferences">
      <button type="button" onClick={copy}>
        {isCopied.value ? 'Copied' : 'Copy link'}
      </button>
      <label>
        <span class="sr-only">Times</span>
        <select
          value={zone.value}
          onChange={({ currentTarget }) => {
            zone.value = currentTarget.value === 'utc' ? 'utc' : 'local';
          }}
        >
          <option value="local">Local time</option>
          <option value="utc">UTC</option>
        </select>
      </label>
      <label>
        <span class="sr-only">Colours</span>
        <select
          value={theme.value}
          onChange={({ currentTarget: { value } }) => {
            theme.value = value === 'light' || value === 'dark' ? value : 'system';
          }}
        >
          <option value="system">As the system</option>
          <option value="light">Light</option>
          <option value="dark">Dark</option>
        </select>
      </label>
      <button type="button" onClick={onHelp} aria-label="Help">
        ?
      </button>
      {session.value?.is_read_only ? null : (
        <button type="button" onClick={() => void closeSession()}>
          Leave
        </button>
      )}
    </div>
  );
}

/** What stands beside the content begins below the header, on however many lines that is. */
function useHeaderHeight(header: { readonly current: HTMLElement | null }): void {
  useEffect(() => {
    if (header.current === null) return;
    const { style } = document.documentElement;
    const resized = new ResizeObserver(() =>
      style.setProperty('--top', `${header.current?.offsetHeight ?? 0}px`),
    );
    resized.observe(header.current);
    return () => resized.disconnect();
  });
}

/** Keys that lead elsewhere; none while somebody types. */
function useKeys(onHelp: () => void): void {
  const help = useRef(onHelp);
  help.current = onHelp;
  useEffect(() => {
    let isGoing = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onKey = (event: KeyboardEvent): void => {
      if (isTyping(event) || session.value === null || document.querySelector('dialog[open]'))
        return;
      const { key } = event;
      if (isGoing) {
        isGoing = false;
        clearTimeout(timer);
        const [page] = LINKS.find(([, , letter]) => letter === key) ?? [];
        const isLive = key === 'l';
        if (page === undefined && !isLive) return;
        event.preventDefault();
        go(placeOf(page ?? 'events', view.value, isLive ? { live: '1' } : {}));
      } else if (key === 'g') {
        isGoing = true;
        timer = setTimeout(() => {
          isGoing = false;
        }, LETTER_MS);
      } else if (key === '?') {
        event.preventDefault();
        help.current();
      } else if (key === '/') {
        event.preventDefault();
        document.querySelector<HTMLInputElement>('input[data-search]')?.focus();
      } else if (key === 'Escape' && param('row') !== '') adjust({ row: '' });
    };
    addEventListener('keydown', onKey);
    return () => {
      clearTimeout(timer);
      removeEventListener('keydown', onKey);
    };
  }, []);
}
