import { useEffect, useRef } from 'preact/hooks';
import { SHORTCUTS } from '../logic/shortcuts.js';

/** The keys of the page, and how a query line is written. */
export function Help({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={onClose}>
      <h2 id="help-title">Keys</h2>
      <dl class="keys">
        {SHORTCUTS.map(({ keys, does }) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <h2>The query line</h2>
      <pre>
        {`process:gpu.run  process:gpu.*  process:a,b
component:  type:  model:  request:
status:ERR  severity>=warning  dur>5ms
timeout  "out of memory"
-process:idle        not these`}
      </pre>
      <p>A click on a value of a row includes it, a click with Alt excludes it.</p>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
