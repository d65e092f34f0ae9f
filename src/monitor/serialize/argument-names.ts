import type { SensitiveFields } from '../../masking/sensitive-fields.js';
import type { Parameter } from '../parameter-names.js';

/** How one argument is recorded. */
export interface Argument {
  readonly key: string;
  readonly isSecret: boolean;
  readonly isSecretNumber: boolean;
  /** Whether it may hold a secret that only the parameter names: its type and length are recorded. */
  readonly isHidden: boolean;
}

/** What the arguments of one function are called, and which of them are secrets. */
export class ArgumentNames {
  readonly #sensitive: SensitiveFields;
  #args: readonly Argument[] = [];
  #rest: Parameter | undefined;
  #isHidden = false;

  constructor(sensitive: SensitiveFields) {
    this.#sensitive = sensitive;
  }

  /** To be called once, before the first arguments. */
  set(parameters: readonly Parameter[]): void {
    const fixed = parameters.filter(({ isRest }) => !isRest);
    this.#rest = parameters.find(({ isRest }) => isRest);
    const names = fixed.map(({ name }) => name);
    this.#args = fixed.map((parameter, index) => {
      // Of two parameters of one name the first keeps it.
      const isFirst = parameter.name !== undefined && names.indexOf(parameter.name) === index;
      return this.#arg(isFirst ? (parameter.name as string) : `${index}`, parameter);
    });
  }

  /** For a function whose parameters have no names. */
  hide(): void {
    this.#isHidden = true;
  }

  at(index: number): Argument {
    return this.#args[index] ?? this.#beyond(index);
  }

  #beyond(index: number): Argument {
    const rest = this.#rest;
    if (rest === undefined) return this.#arg(`${index}`);
    const label = rest.name === undefined ? index : `${rest.name}.${index - this.#args.length}`;
    return this.#arg(`${label}`, rest);
  }

  /** `contextTokens: number` is a count, and any other value of that name a secret. */
  #arg(label: string, parameter?: Parameter): Argument {
    const name = parameter?.name;
    const has = (example: unknown) => name !== undefined && this.#sensitive.has(name, example);
    const isHidden =
      this.#isHidden ||
      parameter?.hasList === true ||
      parameter?.aliases.some((alias) => this.#sensitive.has(alias)) === true;
    return { key: `arg.${label}`, isSecret: has(''), isSecretNumber: has(0), isHidden };
  }
}
