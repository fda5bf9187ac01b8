"""The chain that a newcomer writes with LangChain, over the same guides and weights.

Recursive splitter, HuggingFaceEmbeddings, Chroma retriever, k = 4; retrieval only, no answer.
"""

from pathlib import Path

from langchain_chroma import Chroma
from langchain_core.retrievers import BaseRetriever
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

from index.weights import published


def build(guides: Path, folder: Path) -> int:
    """Split, embed and store; how many chunks."""
    splitter = RecursiveCharacterTextSplitter(chunk_size=500, chunk_overlap=50)
    texts = [path.read_text(encoding="utf-8") for path in sorted(guides.rglob("*.md"))]
    documents = splitter.create_documents(texts)
    Chroma.from_documents(documents, _embeddings(), persist_directory=str(folder))
    return len(documents)


def open_retriever(folder: Path) -> BaseRetriever:
    """The retriever over what `build` stored."""
    store = Chroma(persist_directory=str(folder), embedding_function=_embeddings())
    return store.as_retriever(search_kwargs={"k": 4})


def _embeddings() -> HuggingFaceEmbeddings:
    return HuggingFaceEmbeddings(
        model_name=str(published().folder),
        model_kwargs={"device": "cpu"},
        encode_kwargs={"normalize_embeddings": True},
    )
