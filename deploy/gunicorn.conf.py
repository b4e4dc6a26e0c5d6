"""How gunicorn serves the site. The address comes from the command line: `--bind 127.0.0.1:8000`."""

wsgi_app = "zjj_projects.wsgi:application"
worker_class = "gthread"
workers = 2
threads = 4
timeout = 60  # a worker that shows no sign of life for so long is replaced
graceful_timeout = 5  # requests under way at a stop get so long to end
max_requests = 10_000  # then a worker is replaced, against slow leaks
max_requests_jitter = 1_000  # not all of them at once
loglevel = "warning"
control_socket_disable = True  # gunicorn's remote control would stand in the user's home folder
