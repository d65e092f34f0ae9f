/** Takes an id, and does something with it. */
export function IdForm({
  label,
  action,
  onId,
}: {
  label: string;
  /** On its button. */
  action: string;
  onId: (id: string) => void;
}) {
  return (
    <form
      class="id-form"
      onSubmit={(event) => {
        event.preventDefault();
        const id = new FormData(event.currentTarget).get('id');
        if (typeof id === 'string' && id.trim() !== '') onId(id.trim());
      }}
    >
      <input name="id" aria-label={label} placeholder={label} />
      <button type="submit">{action}</button>
    </form>
  );
}
