// How far an upload has come. Without this script the form is sent as any other.

const main = () => document.getElementById("main");

function show(answer) {
  const page = new DOMParser().parseFromString(answer, "text/html");
  document.title = page.title;
  main().replaceWith(document.adoptNode(page.getElementById("main")));
  main().focus();
  window.scrollTo(0, 0);
  document.querySelector(".faults")?.focus();
}

function send(form, submitter) {
  const bar = form.querySelector("progress");
  const request = new XMLHttpRequest();
  const over = () => {
    delete form.dataset.busy;
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  };
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "text/html");
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total;
  });
  request.upload.addEventListener("load", () => bar.removeAttribute("value")); // it is being read
  request.addEventListener("load", () => show(request.responseText));
  request.addEventListener("error", () => {
    over();
    window.alert(document.body.dataset.unsaved);
  });
  request.send(new FormData(form, submitter));
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const submitter = event.submitter;
  if (!form.matches("#upload, #mending") || event.defaultPrevented) return;
  if (submitter && "file" in submitter.dataset) return;
  event.preventDefault();
  send(form, submitter);
});
