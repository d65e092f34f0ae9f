// Where somebody is in the page, and what is shown there: all of it is in the URL.

export const PAGES = [
  'overview',
  'events',
  'requests',
  'request',
  'graph',
  'adaptive',
  'alerts',
  'sources',
  'projects',
] as const;
export type PageName = (typeof PAGES)[number];

export interface View {
  readonly page: PageName;
  /** Of the page `request`. */
  readonly id: string;
  /** Of the URL; what is not there is ''. */
  readonly params: Readonly<Record<string, string>>;
}

const ROOT = '/ui/';

/** The view of a URL; a place that there is not is the overview. */
export function viewOf(url: { pathname: string; search: string }): View {
  const [name = '', ...rest] = url.pathname.replace(/^\/ui\/?/, '').split('/');
  const params = Object.fromEntries(new URLSearchParams(url.search));
  const id = safeDecode(rest.join('/'));
  if (name === 'requests' && id !== '') return { page: 'request', id, params };
  const page = PAGES.find((known) => known === name && known !== 'request') ?? 'overview';
  return { page, id: '', params };
}

/** The URL of a view. */
export function urlOf({ page, id, params }: View): string {
  const path =
    page === 'overview' ? '' : page === 'request' ? `requests/${encodeURIComponent(id)}` : page;
  const search = new URLSearchParams(Object.entries(params).filter(([, value]) => value !== ''));
  return `${ROOT}${path}${search.size === 0 ? '' : `?${search}`}`;
}

/** The same place with other parameters; '' takes one away. */
export function withParams(view: View, changes: Readonly<Record<string, string>>): View {
  return { ...view, params: { ...view.params, ...changes } };
}

/** A place, with the span of time that is looked at. */
export function placeOf(
  page: PageName,
  from: View,
  params: Readonly<Record<string, string>> = {},
  id = '',
): View {
  const { from: start = '', to = '' } = from.params;
  return { page, id, params: { from: start, to, ...params } };
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
