FROM python:3.11-slim
WORKDIR /src
COPY setup.cfg setup.py pyproject.toml MANIFEST.in README.md LICENSE ./
COPY ticker ticker
COPY feeds feeds
COPY web web
RUN pip install --no-cache-dir . && useradd --system ticker
WORKDIR /
USER ticker
EXPOSE 8000
ENTRYPOINT ["ticker"]
CMD ["demo", "--host", "0.0.0.0"]
