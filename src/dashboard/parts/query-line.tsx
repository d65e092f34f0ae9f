import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { type Completion, completionsOf, type KnownValues } from '../logic/completion.js';
import { problemOf } from '../logic/query-terms.js';

/** Where a query line is written: completes fields and values, and points at what is wrong. */
export function QueryLine({
  line,
  known,
  onLine,
}: {
  line: string;
  known: KnownValues;
  onLine: (line: string) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  const typed = useSignal(line);
  const shown = useSignal(line);
  const at = useSignal(line.length);
  const isOpen = useSignal(false);
  const chosen = useSignal(-1);
  // Changed elsewhere: by a click on a value, or by Back.
  if (shown.value !== line) {
    shown.value = line;
    typed.value = line;
  }
  const problem = problemOf(typed.value);
  const { from, to, items } = completionsOf(typed.value, at.value, known);
  const isListed = isOpen.value && items.length > 0;

  const complete = ({ text }: Completion): void => {
    const isOperator = /[:><=]$/.test(text);
    const before = typed.value.slice(0, from) + text + (isOperator ? '' : ' ');
    typed.value = before + typed.value.slice(to).replace(/^\s+/, '');
    at.value = before.length;
    chosen.value = -1;
    isOpen.value = isOperator;
    requestAnimationFrame(() => input.current?.setSelectionRange(before.length, before.length));
    input.current?.focus();
  };
  const submit = (): void => {
    isOpen.value = false;
    if (problem === undefined) onLine(typed.value.trim());
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const { key } = event;
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      event.preventDefault();
      isOpen.value = true;
      const step = key === 'ArrowDown' ? 1 : -1;
      chosen.value = (chosen.value + step + items.length + 1) % (items.length + 1);
      if (chosen.value === items.length) chosen.value = -1;
    } else if (key === 'Enter') {
      event.preventDefault();
      const item = isListed ? items[chosen.value] : undefined;
      if (item === undefined) submit();
      else complete(item);
    } else if (key === 'Tab' && isListed && chosen.value >= 0) {
      event.preventDefault();
      complete(items[chosen.value] as Completion);
    } else if (key === 'Escape') {
      if (isListed) isOpen.value = false;
      else input.current?.blur();
    }
  };
  const follow = (): void => {
    at.value = input.current?.selectionStart ?? typed.value.length;
  };
  return (
    <div class="query-line">
      <input
        ref={input}
        data-search
        type="text"
        role="combobox"
        aria-label="Query line"
        aria-expanded={isListed}
        aria-controls="completions"
        aria-autocomplete="list"
        aria-activedescendant={
          isListed && chosen.value >= 0 ? `completion-${chosen.value}` : undefined
        }
        aria-invalid={problem !== undefined}
        aria-describedby="query-problem"
        autocomplete="off"
        spellcheck={false}
        placeholder='process:gpu.* status:ERR dur>5ms "out of memory"'
        value={typed.value}
        onInput={({ currentTarget }) => {
          typed.value = currentTarget.value;
          isOpen.value = true;
          chosen.value = -1;
          follow();
        }}
        onKeyDown={onKeyDown}
        onKeyUp={follow}
        onClick={follow}
        onBlur={() => {
          isOpen.value = false;
        }}
      />
      <div
        class="completions"
        id="completions"
        role="listbox"
        aria-label="Completions"
        hidden={!isListed}
      >
        {items.map((item, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the input keeps the focus, and names the chosen one
          // biome-ignore lint/a11y/useKeyWithClickEvents: its keys are those of the input
          <div
            key={item.text}
            id={`completion-${index}`}
            role="option"
            aria-selected={index === chosen.value}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => complete(item)}
          >
            <span>{item.text}</span>
            <small>{item.hint}</small>
          </div>
        ))}
      </div>
      <p id="query-problem" class="query-problem" role="status">
        {problem === undefined ? null : (
          <>
            <code>
              {typed.value.slice(0, problem.at)}
              <mark>
                {typed.value.slice(problem.at, problem.at + Math.max(1, problem.length)) || '␣'}
              </mark>
              {typed.value.slice(problem.at + Math.max(1, problem.length))}
            </code>{' '}
            {problem.message}
          </>
        )}
      </p>
    </div>
  );
}
