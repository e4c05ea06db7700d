"""The web console: pages for people who use a running store, at ``/console/``.

``site`` lets browsers in and answers them; each page is a module of its own. To add a page:

1. Write ``mockstore/console/NAME.py`` with handlers and a constant ``PAGE``::

       LABELS = {"name": "Name"}

       async def show(visit: Visit) -> Answer:
           return Shown("tags.html.j2", {"form": Form({"name": "sale"}), "label": LABELS.__getitem__})

       async def add(visit: Visit) -> Answer:
           form = visit.form
           name = form.text("name", required=True, longest=40)
           if not form.errors:
               try:
                   visit.inside.store.…
                   return Sent("/console/tags", f"The tag {name} was added.")
               except InvalidField as wrong:
                   form.refuse(wrong.path, wrong.why)
           return Shown("tags.html.j2", {"form": form, "label": LABELS.__getitem__}, status=422)

       PAGE = Page("Tags", "/console/tags", (get("/console/tags", show), post("/console/tags", add)))

2. Add ``PAGE`` to ``PAGES`` in ``site.py``: this is also the navigation, in this order.
3. Write ``templates/tags.html.j2``::

       {% extends "base.html.j2" %}
       {% import "fields.html.j2" as fields %}
       {% block title %}Tags{% endblock %}
       {% block main %}
       <h1>Tags</h1>
       {{ fields.errors(form, label) }}
       <form method="post" action="/console/tags">
         {{ fields.token(form_token) }}
         {{ fields.text(form, "name", label("name"), hint="Up to 40 characters.") }}
         <button class="main">Add the tag</button>
       </form>
       {% endblock %}

What a handler gets and may return is in :mod:`mockstore.console.visits`, the reading of inputs in
:mod:`mockstore.console.forms`. What ``site`` does for every page:

- It checks the loopback interface, ``Host``, the session and, for a POST, ``Origin`` and the form's token.
- It shows errors of the store (:class:`LedgerError`), :class:`PageNotFound` and bugs as pages.
- Requests to the console are in no journal.

Templates escape all values. They also replace invisible and direction characters by visible symbols, except in the
inputs of ``fields.html.j2``, which keep a text as it is. The Content-Security-Policy forbids inline scripts and
styles, and everything from elsewhere: style is in ``static/console.css``, and script in ``static/console.js``, without
which every page works but the live parts.
"""
