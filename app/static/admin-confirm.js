// What Flask-Admin's templates did with inline handlers, which our Content-Security-Policy forbids. Deleting asks through
// data-confirm (forms.js).

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href='#'], a[href^='javascript:']");
  // Tabs and menu openers are links that lead nowhere: without this they jump to the top, or trip over the policy.
  if (link) event.preventDefault();

  const action = event.target.closest("[data-admin-action]");
  if (action) window.modelActions.execute(action.dataset.adminAction);

  const add = event.target.closest("[data-admin-add]");
  if (add) window.faForm.addInlineField(add, add.dataset.adminAdd);
});
