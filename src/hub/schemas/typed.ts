// The types of TypeScript that follow from a schema: of the keywords that the schemas of a hub have.

/** What a schema allows; `Int64` is what an integer of 64 bits is here. */
export type Typed<S, Int64> = S extends { readonly enum: readonly (infer E)[] }
  ? E
  : S extends { readonly format: 'int64' }
    ? Int64
    : S extends { readonly type: infer T }
      ? OfType<S, T, Int64>
      : unknown;

type OfType<S, T, Int64> = T extends 'string'
  ? string
  : T extends 'integer' | 'number'
    ? number
    : T extends 'boolean'
      ? boolean
      : T extends readonly ['string', 'null']
        ? string | null
        : S extends { readonly items: infer I }
          ? readonly Typed<I, Int64>[]
          : S extends { readonly properties: infer P; readonly required: readonly (infer R)[] }
            ? OfObject<P, R, Int64>
            : Readonly<Record<string, string>>;

type OfObject<P, R, Int64> = {
  readonly [K in keyof P as K extends R ? K : never]: Typed<P[K], Int64>;
} & {
  readonly [K in keyof P as K extends R ? never : K]?: Typed<P[K], Int64> | undefined;
};

/** Of an answer as `parseExactJson` has read it: `int64Of` gives the integer. */
export type Answer<S> = Typed<S, number | string>;
