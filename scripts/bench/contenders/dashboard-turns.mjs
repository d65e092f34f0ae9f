// Pages and filters of the page of the hub, from a key to rows.

import { visit } from '../page-visitor.mjs';

export const measure = ({ path, turns }) => visit(path, (visitor) => visitor.turn(turns));
