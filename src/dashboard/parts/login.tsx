import { useSignal } from '@preact/signals';
import { openWithKey } from '../data/open-session.js';
import { linkProblem } from '../data/session.js';

/** Asks for a key. It is sent once, and kept nowhere. */
export function Login() {
  const key = useSignal('');
  const wrong = useSignal(linkProblem.value);
  const isAsking = useSignal(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    isAsking.value = true;
    try {
      await openWithKey(key.value.trim());
    } catch (error) {
      wrong.value = (error as Error).message;
    } finally {
      isAsking.value = false;
    }
  };
  return (
    <main class="login">
      <form onSubmit={submit}>
        <h1>aegis-trace</h1>
        <p>
          Give a key of this hub. Its file, <code>hub.keys</code>, is beside the database; without
          looking for it, this makes a link:
        </p>
        <pre>npx aegis-trace hub link</pre>
        <label>
          Key
          <input
            type="password"
            autocomplete="off"
            value={key.value}
            onInput={({ currentTarget }) => {
              key.value = currentTarget.value;
            }}
          />
        </label>
        {wrong.value === undefined ? null : (
          <p class="notice notice-bad" role="alert">
            {wrong.value}
          </p>
        )}
        <button class="primary" type="submit" disabled={isAsking.value || key.value.trim() === ''}>
          Open
        </button>
      </form>
    </main>
  );
}
